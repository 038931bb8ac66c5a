# Exports one certificate with its private key, its chain and all extended properties (manual 5.4 steps d to h,
# p. 194-196). The answer holds the file: whoever asked writes it, so that one script serves this machine and others.
# Input: {"store": "LocalMachine/My", "thumbprint": "...", "password": "..."}. Answer: {"pfx": base64}
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
  $store = Open-Store $request['store'] 'ReadOnly'
  $file = New-TemporaryName
  try {
    $found = @(Find-Certificate $store $request['thumbprint'])
    if ($found.Count -eq 0) {
      # ERROR_NOT_FOUND
      throw (New-Object ComponentModel.Win32Exception(1168))
    }
    # BuildChain: "Include all certificates in the certification path". Without -NoProperties: "Export all extended
    # properties". Without -CryptoAlgorithmOption: TripleDES_SHA1, which every Windows Server reads.
    $secure = ConvertTo-Secure $request['password']
    [void](Export-PfxCertificate -Cert $found[0] -FilePath $file -Password $secure -ChainOption BuildChain)
    $pfx = [Convert]::ToBase64String([IO.File]::ReadAllBytes($file))
  } finally {
    [IO.File]::Delete($file)
    $store.Close()
  }
  Write-Answer @{ ok = $true; value = @{ pfx = $pfx } }
} catch {
  Write-Answer (Get-Failure $_)
}
