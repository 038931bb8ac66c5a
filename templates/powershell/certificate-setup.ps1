# Tells the Repository Service of this server, which waits for certificates on port 4570, the password of its registration.
# Input: {"password": "...", "timeoutMs": 60000}. Answer: {"status": 200}; {"status": 0} when nobody listens there.
param($Json)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

# include: shared/exchange.ps1

function Send-Password($Request) {
  $bytes = [Text.Encoding]::ASCII.GetBytes('__pwd=' + [Uri]::EscapeDataString($Request['password']))
  $call = [Net.HttpWebRequest]::Create('http://localhost:4570/certificateSetup')
  $call.Method = 'POST'
  $call.Proxy = $null
  $call.AllowAutoRedirect = $false
  $call.Timeout = [int]$Request['timeoutMs']
  $call.ContentType = 'application/x-www-form-urlencoded'
  $call.ContentLength = $bytes.Length
  try {
    $stream = $call.GetRequestStream()
    $stream.Write($bytes, 0, $bytes.Length)
    $stream.Close()
    $response = $call.GetResponse()
    $status = [int]$response.StatusCode
    $response.Close()
    $status
  } catch {
    $problem = $_.Exception
    while ($null -ne $problem.InnerException -and $problem -isnot [Net.WebException]) { $problem = $problem.InnerException }
    if ($problem -isnot [Net.WebException]) { throw }
    if ($null -eq $problem.Response) { 0 } else { [int]$problem.Response.StatusCode }
  }
}

try {
  $request = Read-Request
  Write-Answer @{ ok = $true; value = @{ status = (Send-Password $request) } }
} catch {
  Write-Answer (Get-Failure $_)
}
