# Finds a program in folders that have one sub-folder a version (C:\Program Files\PostgreSQL\15\bin\psql.exe), and on PATH.
# Reads only. Input: {"program": "psql.exe", "folders": ["%ProgramFiles%\\PostgreSQL"]}; variables are those of this Windows.
# Answer: {"files": [complete paths, in no order], "onPath": complete path or null}
param($Json)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

# include: shared/exchange.ps1

function Get-Installed($Folder, $Program) {
  if (-not [IO.Directory]::Exists($Folder)) { return }
  foreach ($version in [IO.Directory]::GetDirectories($Folder)) {
    $file = [IO.Path]::Combine($version, 'bin', $Program)
    if ([IO.File]::Exists($file)) { $file }
  }
}

function Get-OnPath($Program) {
  foreach ($entry in @([Environment]::GetEnvironmentVariable('PATH') -split ';')) {
    $folder = $entry.Trim().Trim('"')
    # A relative one means another folder each time; a bad one must not hide the rest.
    if ($folder -notmatch '^([A-Za-z]:[\\/]|\\\\)' -or $folder.IndexOfAny([IO.Path]::GetInvalidPathChars()) -ge 0) { continue }
    $file = [IO.Path]::Combine($folder, $Program)
    if ([IO.File]::Exists($file)) { return $file }
  }
  $null
}

try {
  $request = Read-Request
  $program = [string]$request['program']
  $files = New-Object Collections.ArrayList
  foreach ($folder in @($request['folders'])) {
    foreach ($file in @(Get-Installed ([Environment]::ExpandEnvironmentVariables($folder)) $program)) {
      [void]$files.Add($file)
    }
  }
  Write-Answer @{ ok = $true; value = @{ files = @($files.ToArray()); onPath = (Get-OnPath $program) } }
} catch {
  Write-Answer (Get-Failure $_)
}
