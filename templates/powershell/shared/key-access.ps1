# Read access to the private key of a certificate of the machine, as "Manage Private Keys" of the Certificates snap-in
# gives it (manual 6.3, p. 225).
function Get-KeyFile($Certificate) {
  $key = [Security.Cryptography.X509Certificates.RSACertificateExtensions]::GetRSAPrivateKey($Certificate)
  if ($null -eq $key) {
    $key = [Security.Cryptography.X509Certificates.ECDsaCertificateExtensions]::GetECDsaPrivateKey($Certificate)
  }
  if ($key -is [Security.Cryptography.RSACryptoServiceProvider]) {
    $name = $key.CspKeyContainerInfo.UniqueKeyContainerName
  } else {
    $name = $key.Key.UniqueName
  }
  # In either folder: CNG opens keys of older providers too, and names their files.
  $data = [Environment]::GetFolderPath('CommonApplicationData')
  foreach ($place in 'Microsoft\Crypto\Keys', 'Microsoft\Crypto\RSA\MachineKeys') {
    $file = [IO.Path]::Combine($data, $place, $name)
    if ([IO.File]::Exists($file)) { return $file }
  }
  # ERROR_FILE_NOT_FOUND
  throw (New-Object ComponentModel.Win32Exception(2))
}

function Grant-KeyRead($Certificate, $Sid) {
  $file = Get-KeyFile $Certificate
  $who = New-Object Security.Principal.SecurityIdentifier($Sid)
  $rule = New-Object Security.AccessControl.FileSystemAccessRule($who, 'Read', 'Allow')
  $list = [IO.File]::GetAccessControl($file, [Security.AccessControl.AccessControlSections]::Access)
  $list.AddAccessRule($rule)
  [IO.File]::SetAccessControl($file, $list)
}
