# Tells what the access list of a folder says, rule by rule in the order in which Windows reads them. Reads only; what it
# means is judged by who asks. A UNC path is asked of its server.
# Input: {"folder": "C:\\x"}. Answer: {"owner", "runner": who runs this, "service": who runs the Repository Service or null,
# "rules": [{"sid", "account", "allow": true, "rights": access mask, signed, "here": for the folder itself, "below": for what
# is in it}]}. Accounts are {"sid", "account"}.
param($Json)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

# include: shared/exchange.ps1
# include: shared/account.ps1

function Get-Account($Sid) {
  @{ sid = $Sid; account = (Get-AccountName $Sid) }
}

try {
  $request = Read-Request
  $sidType = [Security.Principal.SecurityIdentifier]
  $parts = [Security.AccessControl.AccessControlSections]'Access, Owner'
  $list = [IO.Directory]::GetAccessControl([string]$request['folder'], $parts)
  $owner = $list.GetOwner($sidType).Value
  $runner = [Security.Principal.WindowsIdentity]::GetCurrent().User.Value
  $service = Get-ServiceSid
  $known = @{}
  $rules = New-Object Collections.ArrayList
  foreach ($rule in $list.GetAccessRules($true, $true, $sidType)) {
    $sid = $rule.IdentityReference.Value
    # Asking a domain for a name may take seconds.
    if (-not $known.ContainsKey($sid)) { $known[$sid] = Get-AccountName $sid }
    [void]$rules.Add(@{
        sid = $sid
        account = $known[$sid]
        allow = $rule.AccessControlType -eq [Security.AccessControl.AccessControlType]::Allow
        rights = [int]$rule.FileSystemRights
        here = ([int]$rule.PropagationFlags -band 2) -eq 0
        below = [int]$rule.InheritanceFlags -ne 0
      })
  }
  $found = @{
    owner = (Get-Account $owner)
    runner = (Get-Account $runner)
    service = $null
    rules = @($rules.ToArray())
  }
  if ($null -ne $service) { $found['service'] = Get-Account $service }
  Write-Answer @{ ok = $true; value = $found }
} catch {
  Write-Answer (Get-Failure $_)
}
