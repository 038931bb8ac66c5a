# Tells the ODBC system data sources of this machine: what the registry has of them under SOFTWARE\ODBC\ODBC.INI, in
# both views. Reads only. Of values that look like a password only the name is told.
# Input: {"secretName": "a pattern of names", "secretText": "a pattern of texts"}
# Answer: {"keys": [{"bits": "64" | "32", "path": "Sales", "values": [{"name", "type", "data"}], "leftOut": ["PWD"]}]}; the
#   path is below ODBC.INI. "type" is the registry's number: 1 and 2 have a text, 7 has texts, 4 and 11 have a number as
#   text, all others have base64.
param($Json)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

# include: shared/exchange.ps1

function Read-Value($Key, $Name) {
  # The kinds of .NET are the numbers of the registry; it calls a value without a type -1.
  $type = [Math]::Max(0, [int]$Key.GetValueKind($Name))
  $plain = [Microsoft.Win32.RegistryValueOptions]::DoNotExpandEnvironmentNames
  $raw = $Key.GetValue($Name, $null, $plain)
  if ($type -eq 1 -or $type -eq 2 -or $type -eq 4 -or $type -eq 11) { $data = [string]$raw }
  elseif ($type -eq 7) { $data = @($raw) }
  elseif ($raw -is [byte[]]) { $data = [Convert]::ToBase64String($raw) }
  else { $data = '' }
  @{ name = $Name; type = $type; data = $data }
}

function Read-Key($Key, $Bits, $Path) {
  $values = New-Object Collections.ArrayList
  $leftOut = New-Object Collections.ArrayList
  foreach ($name in $Key.GetValueNames()) {
    $value = Read-Value $Key $name
    $text = @($value['data']) -join "`n"
    if ($name -match $secretName -or $text -match $secretText) { [void]$leftOut.Add($name) }
    else { [void]$values.Add($value) }
  }
  @{ bits = $Bits; path = $Path; values = @($values.ToArray()); leftOut = @($leftOut.ToArray()) }
  foreach ($child in $Key.GetSubKeyNames()) {
    $below = $Key.OpenSubKey($child)
    if ($null -ne $below) { Read-Key $below $Bits "$Path\$child" }
  }
}

function Get-Keys {
  foreach ($view in 'Registry64', 'Registry32') {
    $base = [Microsoft.Win32.RegistryKey]::OpenBaseKey('LocalMachine', $view)
    $all = $base.OpenSubKey('SOFTWARE\ODBC\ODBC.INI')
    if ($null -eq $all) { continue }
    $list = $all.OpenSubKey('ODBC Data Sources')
    if ($null -eq $list) { continue }
    $bits = $view.Substring(8)
    # The list first; other keys beside it belong to no data source.
    foreach ($path in @('ODBC Data Sources') + @($list.GetValueNames())) {
      if ($path -eq '') { continue }
      $key = $all.OpenSubKey($path)
      if ($null -ne $key) { Read-Key $key $bits $path }
    }
  }
}

try {
  $request = Read-Request
  $secretName = $request['secretName']
  $secretText = $request['secretText']
  Write-Answer @{ ok = $true; value = @{ keys = @(Get-Keys) } }
} catch {
  Write-Answer (Get-Failure $_)
}
