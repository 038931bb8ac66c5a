# What is told of one certificate.
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
