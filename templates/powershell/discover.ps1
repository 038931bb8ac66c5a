# Tells what of Qlik Sense is installed on this machine: uninstall entries (both registry views), services with their
# accounts, who runs this, .NET Framework, signs of a pending reboot, volumes, ODBC system data sources, and what an upgrade
# asks for besides: names and versions of Windows, Visual C++ and PowerShell, the execution policy, AVX, proxy settings. Reads only.
# Input: {}. Answer: {installed, services, runner, netRelease, reboot, volumes, odbc, upgrade}; what could not be read is null
# or empty.
param($Json)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

# include: shared/exchange.ps1
# include: shared/account.ps1

function Open-Key($View, $Path) {
  $base = [Microsoft.Win32.RegistryKey]::OpenBaseKey('LocalMachine', $View)
  $base.OpenSubKey($Path)
}

function Get-Text($Key, $Name) {
  $value = $Key.GetValue($Name)
  if ($null -eq $value) { return $null }
  [string]$value
}

function Get-Installed {
  foreach ($view in 'Registry64', 'Registry32') {
    $root = Open-Key $view 'SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall'
    if ($null -eq $root) { continue }
    foreach ($name in $root.GetSubKeyNames()) {
      $key = $root.OpenSubKey($name)
      if ($null -eq $key) { continue }
      $display = Get-Text $key 'DisplayName'
      if ($display -notmatch '^(Qlik|PostgreSQL)') { continue }
      @{ name = $display; version = (Get-Text $key 'DisplayVersion'); location = (Get-Text $key 'InstallLocation') }
    }
  }
}

function Get-AdministratorSids {
  # By its well-known SID: the group has another name in every language. Fails where a member was deleted.
  try {
    @(Get-LocalGroupMember -SID 'S-1-5-32-544' | ForEach-Object { $_.SID.Value })
  } catch {
    $null
  }
}

function Get-Services {
  $administrators = Get-AdministratorSids
  foreach ($service in Get-CimInstance -ClassName Win32_Service) {
    if ($service.Name -notmatch '^(Qlik|postgresql)') { continue }
    $sid = $null
    if ($service.StartName) { $sid = Get-Sid $service.StartName }
    # Null: not known. A member of a group that is a member is not seen.
    $member = $null
    if ($sid -eq 'S-1-5-18') { $member = $true }
    elseif ($null -ne $sid -and $null -ne $administrators) { $member = @($administrators) -contains $sid }
    # As Windows writes it: a service may have it as .\name or name@domain.
    $account = $service.StartName
    if ($null -ne $sid) { $account = Get-AccountName $sid }
    if ($account -eq $sid) { $account = $service.StartName }
    @{ name = $service.Name; path = $service.PathName; account = $account; sid = $sid; administrator = $member }
  }
}

function Get-Runner {
  $me = [Security.Principal.WindowsIdentity]::GetCurrent()
  $who = New-Object Security.Principal.WindowsPrincipal($me)
  # Groups of groups count here. Without elevation it is not told.
  $elevated = $who.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)
  @{ account = $me.Name; sid = $me.User.Value; elevated = $elevated }
}

function Get-NetRelease {
  $key = Open-Key 'Registry64' 'SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full'
  if ($null -eq $key) { return $null }
  $key.GetValue('Release')
}

function Get-RebootSigns {
  $servicing = 'SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending'
  if ($null -ne (Open-Key 'Registry64' $servicing)) { 'component servicing' }
  $update = 'SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired'
  if ($null -ne (Open-Key 'Registry64' $update)) { 'Windows Update' }
  $manager = Open-Key 'Registry64' 'SYSTEM\CurrentControlSet\Control\Session Manager'
  if ($null -ne $manager -and $null -ne $manager.GetValue('PendingFileRenameOperations')) { 'files to be renamed' }
}

function Get-Volumes {
  foreach ($drive in [IO.DriveInfo]::GetDrives()) {
    if ($drive.DriveType -ne 'Fixed' -or -not $drive.IsReady) { continue }
    @{ name = $drive.Name; free = $drive.AvailableFreeSpace; size = $drive.TotalSize }
  }
}

function Get-DataSources {
  foreach ($view in 'Registry64', 'Registry32') {
    $key = Open-Key $view 'SOFTWARE\ODBC\ODBC.INI\ODBC Data Sources'
    if ($null -eq $key) { continue }
    foreach ($name in $key.GetValueNames()) {
      @{ name = $name; driver = (Get-Text $key $name); bits = $view.Substring(8) }
    }
  }
}

function Get-WindowsName {
  try { [string](Get-CimInstance -ClassName Win32_OperatingSystem).Caption } catch { $null }
}

function Get-VisualCpp {
  # Where Microsoft says that all since 2015 can be found ("Redistributing Visual C++ Files"). Empty: none is there.
  try {
    foreach ($view in 'Registry64', 'Registry32') {
      $key = Open-Key $view 'SOFTWARE\Microsoft\VisualStudio\14.0\VC\Runtimes\x64'
      if ($null -ne $key -and $key.GetValue('Installed') -eq 1) { return (Get-Text $key 'Version') }
    }
    ''
  } catch { $null }
}

function Get-Policy {
  # Scope by scope: this script itself runs with a policy of its own (Process), which nothing else has.
  try {
    $scopes = @{}
    foreach ($entry in Get-ExecutionPolicy -List) { $scopes[[string]$entry.Scope] = [string]$entry.ExecutionPolicy }
    foreach ($scope in 'MachinePolicy', 'UserPolicy', 'CurrentUser', 'LocalMachine') {
      if ($scopes[$scope] -ne 'Undefined') { return $scopes[$scope] }
    }
    'Undefined'
  } catch { $null }
}

function Get-Avx {
  # Bit 2 of what Windows has switched on: a processor with AVX in a machine that hides it counts as one without.
  try {
    $signature = '[DllImport("kernel32.dll")] public static extern ulong GetEnabledXStateFeatures();'
    $kernel = Add-Type -Namespace SenseRunbook -Name Processor -MemberDefinition $signature -PassThru
    ($kernel::GetEnabledXStateFeatures() -band 4) -ne 0
  } catch { $null }
}

function Get-ProxySettings {
  # Only whether there are any: a line of them may hold a password (manual 2.9).
  try {
    $service = Get-CimInstance -ClassName Win32_Service -Filter "Name='QlikSenseServiceDispatcher'"
    if ($null -eq $service) { return $null }
    $program = [regex]::Match($service.PathName, '^"?(.+)\\[^\\"]+\.exe')
    $file = [IO.Path]::Combine($program.Groups[1].Value, 'services.conf')
    if (-not $program.Success -or -not [IO.File]::Exists($file)) { return $null }
    [regex]::IsMatch([IO.File]::ReadAllText($file), '(?m)^\s*-proxy-')
  } catch { $null }
}

function Get-Upgrade {
  @{
    windows = (Get-WindowsName)
    visualCpp = (Get-VisualCpp)
    powerShell = [string]$PSVersionTable.PSVersion
    executionPolicy = (Get-Policy)
    avx = (Get-Avx)
    proxySettings = (Get-ProxySettings)
  }
}

try {
  $found = @{
    installed = @(Get-Installed)
    services = @(Get-Services)
    runner = (Get-Runner)
    netRelease = (Get-NetRelease)
    reboot = @(Get-RebootSigns)
    volumes = @(Get-Volumes)
    odbc = @(Get-DataSources)
    upgrade = (Get-Upgrade)
  }
  Write-Answer @{ ok = $true; value = $found }
} catch {
  Write-Answer (Get-Failure $_)
}
