# Runs one of the scripts beside this one on another server, over WinRM. The script is sent as it is, its input goes as its
# only argument, in a hashtable. Input: {"computer": "QLIK02", "script": "node-facts", "json": "{...}", "useSsl": false,
# "port": 5985, "openMs": 30000}. Answer: the line that the script printed there.
param($Json)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'

# include: shared/exchange.ps1

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
  # In a hashtable: arguments are logged as text, and a password may be in this one.
  $lines = @(Invoke-Command @where -FilePath $file -ArgumentList @{ json = $request['json'] })
  $answer = ''
  if ($lines.Count -gt 0) { $answer = [string]$lines[$lines.Count - 1] }
  Write-Answer @{ ok = $true; value = $answer }
} catch {
  Write-Answer (Get-Failure $_)
}
