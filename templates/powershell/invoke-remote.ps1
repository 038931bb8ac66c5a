# Runs one of the scripts beside this one on another server, over WinRM. The script is sent as it is, its input goes as its
# only argument. Input: {"computer": "QLIK02", "script": "node-facts", "json": "{...}", "useSsl": false, "port": 5985,
# "openMs": 30000}. Answer: the line that the script printed there.
param([string]$Json)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'

function Write-Answer($Value) {
  # ASCII only: the console's code page must not matter.
  $text = ConvertTo-Json -InputObject $Value -Depth 8 -Compress
  [regex]::Replace($text, '[^\x20-\x7e]', { param($m) '\u{0:x4}' -f [int][char]$m.Value })
}

function Read-Request {
  # Method calls only: module logging writes the arguments of commands to the event log, and a password may be in them.
  if (-not $Json) {
    $stream = New-Object IO.StreamReader([Console]::OpenStandardInput(), [Text.Encoding]::UTF8)
    $Json = $stream.ReadToEnd()
  }
  Add-Type -AssemblyName System.Web.Extensions
  $reader = New-Object Web.Script.Serialization.JavaScriptSerializer
  $reader.MaxJsonLength = [int]::MaxValue
  $reader.DeserializeObject($Json)
}

try {
  $request = Read-Request
  if ($request['script'] -notmatch '^[a-z0-9]+(-[a-z0-9]+)*$') { throw (New-Object ArgumentException('no script of ours')) }
  $where = @{
    ComputerName = $request['computer']
    # The profile is loaded: without it there is no certificate store of the user.
    SessionOption = New-PSSessionOption -OpenTimeout $request['openMs']
  }
  if ($request['useSsl']) { $where['UseSSL'] = $true }
  if ($request['port']) { $where['Port'] = $request['port'] }
  $file = [IO.Path]::Combine($PSScriptRoot, $request['script'] + '.ps1')
  $lines = @(Invoke-Command @where -FilePath $file -ArgumentList $request['json'])
  $answer = ''
  if ($lines.Count -gt 0) { $answer = [string]$lines[$lines.Count - 1] }
  Write-Answer @{ ok = $true; value = $answer }
} catch {
  Write-Answer @{ ok = $false; message = $_.Exception.Message; type = $_.Exception.GetType().FullName }
}
