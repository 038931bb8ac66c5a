# Says who is to run the tasks, and whether this process may register them.
# Input: {"account": "DOMAIN\\name"}; without it the account that runs this.
# Answer: {"elevated": true, "task": {"account", "sid"}}.
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
  $me = [Security.Principal.WindowsIdentity]::GetCurrent()
  $sid = $me.User
  if ($in.PSObject.Properties['account']) {
    $named = New-Object Security.Principal.NTAccount([string]$in.account)
    $sid = $named.Translate([Security.Principal.SecurityIdentifier])
  }
  $who = New-Object Security.Principal.WindowsPrincipal($me)
  Answer @{
    ok = $true
    value = @{
      elevated = $who.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)
      # As Windows writes it: with its domain, also when none was given.
      task = @{ account = $sid.Translate([Security.Principal.NTAccount]).Value; sid = $sid.Value }
    }
  }
} catch {
  # PowerShell wraps what a method of .NET throws.
  $cause = $_.Exception.GetBaseException()
  Answer @{ ok = $false; message = $cause.Message; type = $cause.GetType().FullName }
  exit 0
}
