# Imports a certificate with its private key, marked as exportable (manual 5.5, p. 198-207). The input holds the file,
# so that one script serves this machine and others.
# Input: {"store": "LocalMachine/My", "thumbprint": "...", "pfx": base64, "password": "..."}
# Answer: the certificate as certificates-list gives it.
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

function Find-Certificate($Store, $Thumbprint) {
  @($Store.Certificates | Where-Object { $_.Thumbprint -eq $Thumbprint })
}

function ConvertTo-Secure($Text) {
  # Character by character: ConvertTo-SecureString would show the text to module logging.
  $secure = New-Object Security.SecureString
  foreach ($character in $Text.ToCharArray()) { $secure.AppendChar($character) }
  $secure.MakeReadOnly()
  $secure
}

function New-TemporaryName {
  $folder = [IO.Path]::GetTempPath()
  # What a killed run left: password-protected, but private keys all the same.
  $old = [DateTime]::UtcNow.AddHours(-12)
  foreach ($file in [IO.Directory]::GetFiles($folder, 'sense-runbook-*.pfx')) {
    if ([IO.File]::GetLastWriteTimeUtc($file) -lt $old) { [IO.File]::Delete($file) }
  }
  [IO.Path]::Combine($folder, "sense-runbook-$([Guid]::NewGuid().ToString('N')).pfx")
}

try {
  $request = Read-Request
  $name = $request['store']
  $store = Open-Store $name 'ReadWrite'
  $file = New-TemporaryName
  try {
    $before = @($store.Certificates | ForEach-Object { $_.Thumbprint })
    $secure = ConvertTo-Secure $request['password']
    [IO.File]::WriteAllBytes($file, [Convert]::FromBase64String($request['pfx']))
    $place = 'Cert:\' + $name.Replace('/', '\')
    [void](Import-PfxCertificate -FilePath $file -CertStoreLocation $place -Password $secure -Exportable)
    $store.Close()
    $store = Open-Store $name 'ReadWrite'
    # The file holds the chain too. A certificate authority among the personal certificates would be one Qlik
    # certificate too many there (manual 6.3, p. 228).
    if ($name -ne 'LocalMachine/Root') {
      foreach ($certificate in @($store.Certificates)) {
        $new = $before -notcontains $certificate.Thumbprint
        if ($new -and $certificate.Thumbprint -ne $request['thumbprint'] -and -not $certificate.HasPrivateKey) {
          $store.Remove($certificate)
        }
      }
    }
    $found = @(Find-Certificate $store $request['thumbprint'])
    if ($found.Count -eq 0) {
      # ERROR_NOT_FOUND
      throw (New-Object ComponentModel.Win32Exception(1168))
    }
    $value = Get-Description $found[0] $name
  } finally {
    [IO.File]::Delete($file)
    $store.Close()
  }
  Write-Answer @{ ok = $true; value = $value }
} catch {
  Write-Answer (Get-Failure $_)
}
