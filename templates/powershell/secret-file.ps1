# Writes a secret into a file that one account may read, and Administrators and SYSTEM may do everything with. The file has these
# rights from its first moment; nothing is inherited.
# Input: {"file": complete path, "data": the secret's UTF-8 bytes in base64, "account": "DOMAIN\\name"}.
# Answer: {"reader": {"account", "sid"}, "writer": {"account", "sid"}: who runs this}.
param($Json)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

# include: shared/exchange.ps1

try {
  $request = Read-Request
  $me = [Security.Principal.WindowsIdentity]::GetCurrent()
  $sidType = [Security.Principal.SecurityIdentifier]
  $reader = (New-Object Security.Principal.NTAccount([string]$request['account'])).Translate($sidType)
  # By their numbers: their names differ from language to language.
  $administrators = New-Object Security.Principal.SecurityIdentifier('S-1-5-32-544')
  $system = New-Object Security.Principal.SecurityIdentifier('S-1-5-18')

  $rights = New-Object Security.AccessControl.FileSecurity
  $rights.SetAccessRuleProtection($true, $false)
  $rights.SetOwner($administrators)
  $rules = @(@($administrators, 'FullControl'), @($system, 'FullControl'), @($reader, 'Read'))
  foreach ($rule in $rules) {
    $rights.AddAccessRule((New-Object Security.AccessControl.FileSystemAccessRule($rule[0], $rule[1], 'Allow')))
  }

  $file = [string]$request['file']
  $new = $file + '.new'
  if ([IO.File]::Exists($new)) { [IO.File]::Delete($new) }
  $plain = [Convert]::FromBase64String([string]$request['data'])
  $write = [Security.AccessControl.FileSystemRights]::Write
  $stream = New-Object IO.FileStream($new, 'CreateNew', $write, 'None', 4096, 'None', $rights)
  try {
    $stream.Write($plain, 0, $plain.Length)
    $stream.Flush($true)
  } finally {
    $stream.Dispose()
    [Array]::Clear($plain, 0, $plain.Length)
  }

  # What the file system made of it counts, and not what was asked for.
  $expected = @('S-1-5-32-544', 'S-1-5-18', $reader.Value)
  $found = [IO.File]::GetAccessControl($new)
  $wrong = @($found.GetAccessRules($true, $true, $sidType) | Where-Object {
      $_.IsInherited -or ($expected -notcontains $_.IdentityReference.Value)
    })
  if (-not $found.AreAccessRulesProtected -or $wrong.Count -gt 0) {
    [IO.File]::Delete($new)
    throw 'The rights of the file could not be restricted; it was removed. Is it on an NTFS or ReFS volume?'
  }
  if ([IO.File]::Exists($file)) { [IO.File]::Delete($file) }
  [IO.File]::Move($new, $file)
  Write-Answer @{
    ok = $true
    value = @{
      reader = @{ account = $reader.Translate([Security.Principal.NTAccount]).Value; sid = $reader.Value }
      writer = @{ account = $me.Name; sid = $me.User.Value }
    }
  }
} catch {
  Write-Answer (Get-Failure $_)
}
