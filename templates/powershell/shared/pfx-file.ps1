# A PKCS #12 file on its way, and its password.
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
