# How every script takes its input and gives its answer.
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
  $hresult = '0x{0:X8}' -f $code
  # Of commands that are made with CIM it stands in the identifier: "HRESULT 0x8007052e,Register-ScheduledTask".
  if ($Record.FullyQualifiedErrorId -match 'HRESULT 0x([0-9a-fA-F]{8})') { $hresult = '0x' + $Matches[1].ToUpperInvariant() }
  @{ ok = $false; message = $problem.Message; type = $problem.GetType().FullName; hresult = $hresult }
}
