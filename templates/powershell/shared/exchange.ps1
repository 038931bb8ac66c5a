# How every script takes its input and gives its answer. A password may be in either, and Windows may be told to keep what
# PowerShell does: module logging writes the arguments of every command of a module or of Windows into the event log
# (ConvertFrom-Json, Register-ScheduledTask and Invoke-Command too), a transcript what is shown. Neither sees calls of
# methods, functions of the script itself, or what is inside a hashtable.
function Read-Request {
  if (-not $Json) {
    $stream = New-Object IO.StreamReader([Console]::OpenStandardInput(), [Text.Encoding]::UTF8)
    $text = $stream.ReadToEnd()
  } elseif ($Json -is [Collections.IDictionary]) {
    # From invoke-remote.
    $text = $Json['json']
  } else {
    $text = $Json
  }
  Add-Type -AssemblyName System.Web.Extensions
  $reader = New-Object Web.Script.Serialization.JavaScriptSerializer
  $reader.MaxJsonLength = [int]::MaxValue
  $reader.DeserializeObject($text)
}

function Write-Answer($Value) {
  # Value is a hashtable: of that, only the name of its type is logged.
  $text = ConvertTo-Json -InputObject $Value -Depth 8 -Compress
  # ASCII only: the console's code page must not matter.
  $line = [regex]::Replace($text, '[^\x20-\x7e]', { param($m) '\u{0:x4}' -f [int][char]$m.Value })
  if (-not $Json) {
    # Past Out-Default, a command that is logged with all that it shows.
    [Console]::Out.WriteLine($line)
  } else {
    # Sent from another machine: there it is taken, and here nothing is shown.
    $line
  }
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
