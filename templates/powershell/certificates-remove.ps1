# Removes one certificate and its private key from a store (manual 6.3, p. 228-229; 2.11).
# Input: {"store": "LocalMachine/My", "thumbprint": "..."}. Answer: {"keyRemoved": whether its key went too}
param([string]$Json)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

function Read-Request {
  # Method calls only: where module logging is on, the arguments of commands such as ConvertFrom-Json are written to
  # the event log, and a password may be among them.
  if (-not $Json) {
    $stream = New-Object IO.StreamReader([Console]::OpenStandardInput(), [Text.Encoding]::UTF8)
    $Json = $stream.ReadToEnd()
  }
  Add-Type -AssemblyName System.Web.Extensions
  $reader = New-Object Web.Script.Serialization.JavaScriptSerializer
  $reader.MaxJsonLength = [int]::MaxValue
  $reader.DeserializeObject($Json)
}

function Write-Answer($Value) {
  # ASCII only: the console's code page must not matter.
  $text = ConvertTo-Json -InputObject $Value -Depth 8 -Compress
  [regex]::Replace($text, '[^\x20-\x7e]', { param($m) '\u{0:x4}' -f [int][char]$m.Value })
}

function Get-Failure($Record) {
  $problem = $Record.Exception
  # A method that throws is wrapped once by PowerShell.
  while ($null -ne $problem.InnerException -and $problem -is [Management.Automation.MethodInvocationException]) {
    $problem = $problem.InnerException
  }
  # A Win32Exception says E_FAIL in HResult, whatever happened.
  $code = $problem.HResult
  if ($problem -is [ComponentModel.Win32Exception]) { $code = $problem.NativeErrorCode }
  @{ ok = $false; message = $problem.Message; type = $problem.GetType().FullName; hresult = '0x{0:X8}' -f $code }
}

function Open-Store($Name, $Access) {
  $locations = @{
    'LocalMachine/Root' = @('Root', 'LocalMachine')
    'LocalMachine/My' = @('My', 'LocalMachine')
    'CurrentUser/My' = @('My', 'CurrentUser')
  }
  if (-not $locations.ContainsKey($Name)) { throw (New-Object ArgumentException("no store of ours: $Name")) }
  $at = $locations[$Name]
  $place = [Security.Cryptography.X509Certificates.StoreName]$at[0], [Security.Cryptography.X509Certificates.StoreLocation]$at[1]
  $store = New-Object Security.Cryptography.X509Certificates.X509Store -ArgumentList $place
  $store.Open([Security.Cryptography.X509Certificates.OpenFlags]$Access)
  $store
}

function Find-Certificate($Store, $Thumbprint) {
  @($Store.Certificates | Where-Object { $_.Thumbprint -eq $Thumbprint })
}

try {
  $request = Read-Request
  $name = $request['store']
  $thumbprint = $request['thumbprint']
  $store = Open-Store $name 'ReadWrite'
  try {
    $found = @(Find-Certificate $store $thumbprint)
    if ($found.Count -eq 0) {
      # ERROR_NOT_FOUND
      throw (New-Object ComponentModel.Win32Exception(1168))
    }
    $certificate = $found[0]
    # A renewed certificate may have kept its key: then the key stays with the other one.
    $shared = $false
    foreach ($other in 'LocalMachine/Root', 'LocalMachine/My', 'CurrentUser/My') {
      $beside = Open-Store $other 'ReadOnly'
      foreach ($candidate in $beside.Certificates) {
        $same = $candidate.GetPublicKeyString() -eq $certificate.GetPublicKeyString()
        $itself = $other -eq $name -and $candidate.Thumbprint -eq $thumbprint
        if ($same -and $candidate.HasPrivateKey -and -not $itself) { $shared = $true }
      }
      $beside.Close()
    }
    $keyRemoved = $certificate.HasPrivateKey -and -not $shared
    $path = 'Cert:\' + $name.Replace('/', '\') + '\' + $certificate.Thumbprint
    if ($keyRemoved) {
      Remove-Item -Path $path -DeleteKey
    } else {
      Remove-Item -Path $path
    }
    $store.Close()
    $store = Open-Store $name 'ReadOnly'
    if (@(Find-Certificate $store $thumbprint).Count -ne 0) {
      # ERROR_CAN_NOT_COMPLETE: it comes back, from a group policy for example.
      throw (New-Object ComponentModel.Win32Exception(1003))
    }
  } finally {
    $store.Close()
  }
  Write-Answer @{ ok = $true; value = @{ keyRemoved = $keyRemoved } }
} catch {
  Write-Answer (Get-Failure $_)
}
