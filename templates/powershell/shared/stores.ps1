# The certificate stores that Qlik Sense uses.
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
