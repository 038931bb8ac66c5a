# Registers a task from its XML, or replaces it. With a password by the Task Scheduler's own interface (Microsoft:
# ITaskFolder::RegisterTask): a call of a method is in no log, the arguments of Register-ScheduledTask may be.
# Input: {"name", "xml", "account": "DOMAIN\\name", "password"}. Without account and password the account is the one in the XML:
# a gMSA, whose logon type is Password too and for which none is given.
# Answer: {"name"}.
param($Json)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

# include: shared/exchange.ps1

try {
  $request = Read-Request
  $name = [string]$request['name']
  $xml = [string]$request['xml']
  if ($request.ContainsKey('password')) {
    $createOrUpdate = 6
    $logonWithPassword = 1
    $service = New-Object -ComObject Schedule.Service
    $service.Connect()
    $folder = $service.GetFolder('\')
    $account = [string]$request['account']
    $password = [string]$request['password']
    $task = $folder.RegisterTask($name, $xml, $createOrUpdate, $account, $password, $logonWithPassword, $null)
    $registered = $task.Name
  } else {
    $task = Register-ScheduledTask -TaskName $name -TaskPath '\' -Xml $xml -Force
    $registered = $task.TaskName
  }
  Write-Answer @{ ok = $true; value = @{ name = $registered } }
} catch {
  Write-Answer (Get-Failure $_)
}
