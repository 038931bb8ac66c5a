# Registers a task from its XML, or replaces it (Microsoft: Register-ScheduledTask, parameter set Xml).
# Input: {"name", "xml", "account": "DOMAIN\\name", "password"}. Without account and password the account is the one in the XML:
# a gMSA, whose logon type is Password too and for which none is given.
# Answer: {"name"}.
param([string]$Json)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

function Answer($value) {
  # ASCII only: the console's code page must not matter.
  $text = ConvertTo-Json -InputObject $value -Depth 8 -Compress
  [regex]::Replace($text, '[^\x20-\x7e]', { param($m) '\u{0:x4}' -f [int][char]$m.Value })
}

try {
  if (-not $Json) {
    $Json = (New-Object IO.StreamReader([Console]::OpenStandardInput(), [Text.Encoding]::UTF8)).ReadToEnd()
  }
  $in = ConvertFrom-Json -InputObject $Json
  $options = @{ TaskName = [string]$in.name; TaskPath = '\'; Xml = [string]$in.xml; Force = $true }
  if ($in.PSObject.Properties['password']) {
    $options['User'] = [string]$in.account
    $options['Password'] = [string]$in.password
  }
  $task = Register-ScheduledTask @options
  Answer @{ ok = $true; value = @{ name = $task.TaskName } }
} catch {
  # The code of Windows stands in the error's identifier, in every language: "HRESULT 0x8007052e,Register-ScheduledTask".
  $type = $_.Exception.GetType().FullName
  if ($_.FullyQualifiedErrorId -match 'HRESULT 0x[0-9a-fA-F]{8}') { $type = $Matches[0] }
  Answer @{ ok = $false; message = $_.Exception.Message; type = $type }
  exit 0
}
