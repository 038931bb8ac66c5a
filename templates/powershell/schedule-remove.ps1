# Removes a task; one that is not there is an error.
# Input: {"name"}. Answer: {"name"}.
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
  $name = [string]$in.name
  Unregister-ScheduledTask -TaskName $name -TaskPath '\' -Confirm:$false
  Answer @{ ok = $true; value = @{ name = $name } }
} catch {
  # The code of Windows stands in the error's identifier, in every language: "HRESULT 0x8007052e,Register-ScheduledTask".
  $type = $_.Exception.GetType().FullName
  if ($_.FullyQualifiedErrorId -match 'HRESULT 0x[0-9a-fA-F]{8}') { $type = $Matches[0] }
  Answer @{ ok = $false; message = $_.Exception.Message; type = $type }
  exit 0
}
