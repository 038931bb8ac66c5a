# Runs a program without a shell and answers its exit code and what it printed, byte for byte.
# Input: {"program": "sc.exe", "arguments": "query \"a b\"", "stdin": base64, "folder": "C:\\x", "env": {"NAME": "value"},
# "timeoutMs": 60000, "maxBytes": 1048576}. "arguments" is a finished command line: windowsCommandLine made it.
# Answer: {"code": 0, "stdout": base64, "stderr": base64, "consolePage": 850}, or {"timedOut": true, ...}; "code" is a signed
# number, "consolePage" the code page that consoles of this Windows begin with, null when it does not tell.
# When the program cannot be started: {"notStarted": Win32 error}.
param($Json)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

# include: shared/exchange.ps1

function Get-Tail($Stream, $MaxBytes) {
  $bytes = $Stream.ToArray()
  $from = [Math]::Max(0, $bytes.Length - $MaxBytes)
  [Convert]::ToBase64String($bytes, $from, $bytes.Length - $from)
}

function Get-ConsolePage {
  $key = 'HKLM:\SYSTEM\CurrentControlSet\Control\Nls\CodePage'
  try { [int](Get-ItemProperty -LiteralPath $key -Name OEMCP).OEMCP } catch { $null }
}

function Stop-Tree($Id) {
  # With all that it started. Not by the call operator: what taskkill says on stderr would be an error of this script.
  $how = New-Object Diagnostics.ProcessStartInfo
  $how.FileName = [IO.Path]::Combine([Environment]::SystemDirectory, 'taskkill.exe')
  $how.Arguments = "/t /f /pid $([int]$Id)"
  $how.UseShellExecute = $false
  $how.CreateNoWindow = $true
  [void][Diagnostics.Process]::Start($how).WaitForExit(10000)
}

function Start-Program($Request) {
  $how = New-Object Diagnostics.ProcessStartInfo
  $how.FileName = $Request['program']
  $how.Arguments = $Request['arguments']
  $how.UseShellExecute = $false
  $how.CreateNoWindow = $true
  $how.RedirectStandardInput = $true
  $how.RedirectStandardOutput = $true
  $how.RedirectStandardError = $true
  if ($Request['folder']) { $how.WorkingDirectory = $Request['folder'] }
  foreach ($name in @($Request['env'].Keys)) { $how.EnvironmentVariables[$name] = $Request['env'][$name] }
  [Diagnostics.Process]::Start($how)
}

try {
  $request = Read-Request
  $process = $null
  try {
    $process = Start-Program $request
  } catch {
    $problem = $_.Exception
    while ($null -ne $problem.InnerException) { $problem = $problem.InnerException }
    if ($problem -isnot [ComponentModel.Win32Exception]) { throw }
    Write-Answer @{ ok = $true; value = @{ notStarted = $problem.NativeErrorCode } }
  }
  if ($null -ne $process) {
    $out = New-Object IO.MemoryStream
    $err = New-Object IO.MemoryStream
    $reading = @(
      $process.StandardOutput.BaseStream.CopyToAsync($out)
      $process.StandardError.BaseStream.CopyToAsync($err)
    )
    $bytes = [Convert]::FromBase64String($request['stdin'])
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $limit = [int]$request['timeoutMs']
    try {
      # Both outputs are read meanwhile, so that neither side waits for the other.
      if ($bytes.Length -gt 0) { [void]$process.StandardInput.BaseStream.WriteAsync($bytes, 0, $bytes.Length).Wait($limit) }
      $process.StandardInput.Close()
    } catch {
      # One that does not read its input may end first; it is judged by its exit code.
    }
    $rest = [int][Math]::Max(0, $limit - $clock.ElapsedMilliseconds)
    $ended = $process.WaitForExit($rest)
    if (-not $ended) {
      Stop-Tree $process.Id
      [void]$process.WaitForExit(10000)
    }
    # A program it left running may hold the pipes open.
    foreach ($task in $reading) { try { [void]$task.Wait(2000) } catch { } }
    $value = @{
      stdout = Get-Tail $out ([int]$request['maxBytes'])
      stderr = Get-Tail $err ([int]$request['maxBytes'])
      consolePage = Get-ConsolePage
    }
    if ($ended) { $value['code'] = $process.ExitCode } else { $value['timedOut'] = $true }
    Write-Answer @{ ok = $true; value = $value }
  }
} catch {
  Write-Answer (Get-Failure $_)
}
