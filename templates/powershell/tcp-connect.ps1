# Tells whether a port takes a connection from this machine. Nothing is sent. Input: {"host": "db.example", "port": 4432,
# "timeoutMs": 20000}; the time is for each address of the host. Answer: {"reached": true}, or {"reached": false, "why": text}
param($Json)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

# include: shared/exchange.ps1

function Get-Why($Record) {
  # Only what the network says is an answer.
  $problem = $Record.Exception.GetBaseException()
  if ($problem -isnot [Net.Sockets.SocketException]) { throw $problem }
  $problem.Message
}

function Test-Address($Address, $Port, $TimeoutMs) {
  $client = New-Object Net.Sockets.TcpClient($Address.AddressFamily)
  try {
    $connecting = $client.BeginConnect($Address, $Port, $null, $null)
    if (-not $connecting.AsyncWaitHandle.WaitOne($TimeoutMs)) { return "no answer in $TimeoutMs ms" }
    $client.EndConnect($connecting)
    ''
  } catch {
    Get-Why $_
  } finally {
    $client.Close()
  }
}

function Test-Port($Name, $Port, $TimeoutMs) {
  try { $addresses = @([Net.Dns]::GetHostAddresses($Name)) } catch { return (Get-Why $_) }
  $why = 'it has no address'
  foreach ($address in $addresses) {
    $said = Test-Address $address $Port $TimeoutMs
    if ($said -eq '') { return '' }
    $why = "${address}: $said"
  }
  $why
}

try {
  $request = Read-Request
  $why = Test-Port ([string]$request['host']) ([int]$request['port']) ([int]$request['timeoutMs'])
  if ($why -eq '') { $value = @{ reached = $true } } else { $value = @{ reached = $false; why = $why } }
  Write-Answer @{ ok = $true; value = $value }
} catch {
  Write-Answer (Get-Failure $_)
}
