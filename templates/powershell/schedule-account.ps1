# Says who is to run the tasks, and whether this process may register them.
# Input: {"account": "DOMAIN\\name"}; without it the account that runs this.
# Answer: {"elevated": true, "task": {"account", "sid"}, "service": {"account", "sid"} of the Repository Service, or null}.
param($Json)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

# include: shared/exchange.ps1
# include: shared/account.ps1

try {
  $request = Read-Request
  $me = [Security.Principal.WindowsIdentity]::GetCurrent()
  $sid = $me.User
  if ($request.ContainsKey('account')) {
    $named = New-Object Security.Principal.NTAccount([string]$request['account'])
    $sid = $named.Translate([Security.Principal.SecurityIdentifier])
  }
  $service = $null
  $serviceSid = Get-ServiceSid
  if ($null -ne $serviceSid) { $service = @{ account = (Get-AccountName $serviceSid); sid = $serviceSid } }
  $who = New-Object Security.Principal.WindowsPrincipal($me)
  Write-Answer @{
    ok = $true
    value = @{
      elevated = $who.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)
      # As Windows writes it: with its domain, also when none was given.
      task = @{ account = $sid.Translate([Security.Principal.NTAccount]).Value; sid = $sid.Value }
      service = $service
    }
  }
} catch {
  Write-Answer (Get-Failure $_)
}
