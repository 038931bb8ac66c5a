# Registers a task from its XML, or replaces it (Microsoft: Register-ScheduledTask, parameter set Xml).
# Input: {"name", "xml", "account": "DOMAIN\\name", "password"}. Without account and password the account is the one in the XML:
# a gMSA, whose logon type is Password too and for which none is given.
# Answer: {"name"}.
param([string]$Json)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

# include: shared/exchange.ps1

try {
  $request = Read-Request
  $options = @{ TaskName = [string]$request['name']; TaskPath = '\'; Xml = [string]$request['xml']; Force = $true }
  if ($request.ContainsKey('password')) {
    $options['User'] = [string]$request['account']
    $options['Password'] = [string]$request['password']
  }
  $task = Register-ScheduledTask @options
  Write-Answer @{ ok = $true; value = @{ name = $task.TaskName } }
} catch {
  Write-Answer (Get-Failure $_)
}
