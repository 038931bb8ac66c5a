# Tells when a process was started, to tell it from a later one with the same number.
# Input: {"pid": 4711}. Answer: 100 ns ticks since 1601 as text; null when there is no such process.
param($Json)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

# include: shared/exchange.ps1

function Get-Start($Id) {
  try {
    [string][Diagnostics.Process]::GetProcessById($Id).StartTime.ToFileTimeUtc()
  } catch {
    $problem = $_.Exception
    while ($null -ne $problem.InnerException) { $problem = $problem.InnerException }
    # Not there, or gone between the two questions.
    if ($problem -isnot [ArgumentException] -and $problem -isnot [InvalidOperationException]) { throw }
    $null
  }
}

try {
  $request = Read-Request
  Write-Answer @{ ok = $true; value = (Get-Start ([int]$request['pid'])) }
} catch {
  Write-Answer (Get-Failure $_)
}
