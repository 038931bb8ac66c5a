# Accounts by their number and by their name.
function Get-Sid($Account) {
  if ($Account -eq 'LocalSystem') { return 'S-1-5-18' }
  $name = $Account
  if ($name.StartsWith('.\')) { $name = [Environment]::MachineName + $name.Substring(1) }
  try {
    $principal = New-Object Security.Principal.NTAccount($name)
    $principal.Translate([Security.Principal.SecurityIdentifier]).Value
  } catch {
    $null
  }
}

function Get-AccountName($Sid) {
  try {
    ([Security.Principal.SecurityIdentifier]$Sid).Translate([Security.Principal.NTAccount]).Value
  } catch {
    # Deleted, or of a domain that cannot be asked.
    $Sid
  }
}

function Get-ServiceSid {
  # Who runs the Repository Service: its tasks and its certificates are that account's. From the registry: WMI takes a second.
  $key = 'HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\QlikSenseRepositoryService'
  $name = [Microsoft.Win32.Registry]::GetValue($key, 'ObjectName', $null)
  if ($name) { Get-Sid $name } else { $null }
}
