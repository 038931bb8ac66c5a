# Removes a task; one that is not there is an error.
# Input: {"name"}. Answer: {"name"}.
param($Json)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

# include: shared/exchange.ps1

try {
  $request = Read-Request
  $name = [string]$request['name']
  Unregister-ScheduledTask -TaskName $name -TaskPath '\' -Confirm:$false
  Write-Answer @{ ok = $true; value = @{ name = $name } }
} catch {
  Write-Answer (Get-Failure $_)
}
