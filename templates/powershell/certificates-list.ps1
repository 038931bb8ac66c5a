# Lists the certificates of stores (manual 5.4, p. 189). Reads only; no key is exported.
# Input: {"stores": ["LocalMachine/Root", "LocalMachine/My", "CurrentUser/My"]}
# Answer: {"account": "DOMAIN\\user", "certificates": [{"store", "thumbprint", "subject", "issuer", "serial",
#   "notBefore", "notAfter", "hasPrivateKey", "keyState": "exportable" | "not-exportable" | "no-access" | null,
#   "raw": the certificate, DER in base64}]}. CurrentUser is that account.
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

function Get-KeyState($Certificate) {
  # Only keys that belong to the site are opened: that of another certificate may be on a smart card, which asks for
  # its PIN.
  $ours = $null -ne $Certificate.Extensions['1.3.6.1.5.5.7.13.3'] -or
    $Certificate.Subject -match '(^|,\s*)CN=QlikServiceCluster($|,)'
  if (-not $Certificate.HasPrivateKey -or -not $ours) { return $null }
  try {
    $key = [Security.Cryptography.X509Certificates.RSACertificateExtensions]::GetRSAPrivateKey($Certificate)
    if ($key -is [Security.Cryptography.RSACng]) {
      # AllowExport or AllowPlaintextExport.
      $exportable = ([int]$key.Key.ExportPolicy -band 3) -ne 0
    } elseif ($key -is [Security.Cryptography.RSACryptoServiceProvider]) {
      $exportable = $key.CspKeyContainerInfo.Exportable
    } else {
      return $null
    }
  } catch {
    return 'no-access'
  }
  if ($exportable) { 'exportable' } else { 'not-exportable' }
}

function Get-Description($Certificate, $StoreName) {
  $culture = [Globalization.CultureInfo]::InvariantCulture
  $time = 'yyyy-MM-ddTHH:mm:ssZ'
  @{
    store = $StoreName
    thumbprint = $Certificate.Thumbprint
    subject = $Certificate.Subject
    issuer = $Certificate.Issuer
    serial = $Certificate.SerialNumber
    notBefore = $Certificate.NotBefore.ToUniversalTime().ToString($time, $culture)
    notAfter = $Certificate.NotAfter.ToUniversalTime().ToString($time, $culture)
    hasPrivateKey = $Certificate.HasPrivateKey
    keyState = Get-KeyState $Certificate
    raw = [Convert]::ToBase64String($Certificate.RawData)
  }
}

try {
  $request = Read-Request
  $found = New-Object Collections.ArrayList
  foreach ($name in $request['stores']) {
    $store = Open-Store $name 'ReadOnly'
    try {
      foreach ($certificate in $store.Certificates) { [void]$found.Add((Get-Description $certificate $name)) }
    } finally {
      $store.Close()
    }
  }
  $account = [Security.Principal.WindowsIdentity]::GetCurrent().Name
  Write-Answer @{ ok = $true; value = @{ account = $account; certificates = @($found.ToArray()) } }
} catch {
  Write-Answer (Get-Failure $_)
}
