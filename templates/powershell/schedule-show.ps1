# Tells what is known of tasks; those that are not there are left out.
# Input: {"names": [...]}.
# Answer: {"tasks": [{"name", "state": number of TASK_STATE, "account", "logonType", "nextRun", "lastRun", "lastResult"}]}; times in UTC,
# null where there is none.
param([string]$Json)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

function Answer($value) {
  # ASCII only: the console's code page must not matter.
  $text = ConvertTo-Json -InputObject $value -Depth 8 -Compress
  [regex]::Replace($text, '[^\x20-\x7e]', { param($m) '\u{0:x4}' -f [int][char]$m.Value })
}

function Utc($time) {
  # A task that never ran has a date of 1999.
  if ($null -eq $time -or $time.Year -lt 2000) { return $null }
  $time.ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ssZ', [Globalization.CultureInfo]::InvariantCulture)
}

try {
  if (-not $Json) {
    $Json = (New-Object IO.StreamReader([Console]::OpenStandardInput(), [Text.Encoding]::UTF8)).ReadToEnd()
  }
  $in = ConvertFrom-Json -InputObject $Json
  $tasks = @(foreach ($name in $in.names) {
      $task = Get-ScheduledTask -TaskName ([string]$name) -TaskPath '\' -ErrorAction SilentlyContinue
      if ($null -eq $task) { continue }
      $info = Get-ScheduledTaskInfo -TaskName ([string]$name) -TaskPath '\'
      @{
        name = [string]$name
        state = [int]$task.State
        account = $task.Principal.UserId
        logonType = [string]$task.Principal.LogonType
        nextRun = Utc $info.NextRunTime
        lastRun = Utc $info.LastRunTime
        lastResult = [long]$info.LastTaskResult
      }
    })
  Answer @{ ok = $true; value = @{ tasks = $tasks } }
} catch {
  # The code of Windows stands in the error's identifier, in every language: "HRESULT 0x8007052e,Register-ScheduledTask".
  $type = $_.Exception.GetType().FullName
  if ($_.FullyQualifiedErrorId -match 'HRESULT 0x[0-9a-fA-F]{8}') { $type = $Matches[0] }
  Answer @{ ok = $false; message = $_.Exception.Message; type = $type }
  exit 0
}
