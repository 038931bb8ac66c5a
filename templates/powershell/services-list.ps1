# Tells of services what `sc.exe queryex`, `qc` and `enumdepend` tell one at a time, and which processes of their programs
# run: for a server where each question is a login. Reads only. States and start types are the numbers of Windows.
# Input: {"names": ["MSSQLSERVER"]}: services besides those of Qlik Sense and PostgreSQL. One that does not exist is left out.
# Answer: {"services": [{"name", "displayName", "state": 4, "startType": 2, "delayed": false, "pid", "exitCode": both null when not known,
#   "dependents": [names], "processes": [ids of processes of its program, when it has a process of its own]}]}
param($Json)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

# include: shared/exchange.ps1

function Get-Instances {
  # Only WMI tells process and exit code. Where it is broken or hangs, services must be stopped and started all the same.
  $found = @{}
  try {
    $properties = @('Name', 'ProcessId', 'ExitCode')
    foreach ($one in Get-CimInstance -ClassName Win32_Service -Property $properties -OperationTimeoutSec 20) {
      $found[$one.Name] = $one
    }
  } catch {
    $found = @{}
  }
  $found
}

function Get-Settings($Name) {
  $base = [Microsoft.Win32.RegistryKey]::OpenBaseKey('LocalMachine', 'Registry64')
  $key = $base.OpenSubKey('SYSTEM\CurrentControlSet\Services\' + $Name)
  if ($null -eq $key) { return @{ start = $null; delayed = $false; path = $null } }
  $delayed = $key.GetValue('DelayedAutostart') -eq 1
  @{ start = $key.GetValue('Start'); delayed = $delayed; path = $key.GetValue('ImagePath') }
}

function Get-Program($Path) {
  # "Engine" of "C:\Program Files\Qlik\Sense\Engine\Engine.exe" -S, as processes are named.
  if ($Path -match '^"([^"]+)"') { $file = $Matches[1] }
  elseif ($Path -match '^(.*?\.exe)\b') { $file = $Matches[1] }
  else { return $null }
  @($file -split '[\\/]')[-1] -replace '\.exe$', ''
}

function Get-Dependents($Controller) {
  # By the method: what a property of .NET throws may be lost.
  foreach ($dependent in $Controller.get_DependentServices()) { $dependent.ServiceName }
}

function Get-Entry($Controller, $Instances) {
  $name = $Controller.ServiceName
  $settings = Get-Settings $name
  $program = $null
  # SERVICE_WIN32_OWN_PROCESS: another one shares its process, which outlives it.
  if (([int]$Controller.ServiceType -band 16) -ne 0) { $program = Get-Program $settings['path'] }
  $entry = @{
    name = $name
    displayName = $Controller.DisplayName
    state = [int]$Controller.Status
    startType = $settings['start']
    delayed = $settings['delayed']
    pid = $null
    exitCode = $null
    dependents = @(Get-Dependents $Controller)
    program = $program
  }
  if ($Instances.ContainsKey($name)) {
    $entry['pid'] = $Instances[$name].ProcessId
    $entry['exitCode'] = $Instances[$name].ExitCode
  }
  $entry
}

try {
  $request = Read-Request
  $wanted = @($request['names'])
  Add-Type -AssemblyName System.ServiceProcess
  # In this order: a service that is stopped in the end still has the process that it had, and a process that is seen last
  # outlives a service that was stopped before.
  $instances = Get-Instances
  $entries = New-Object Collections.ArrayList
  foreach ($controller in [ServiceProcess.ServiceController]::GetServices()) {
    $name = $controller.ServiceName
    if ($name -notmatch '^(Qlik|postgresql)' -and $wanted -notcontains $name) { continue }
    [void]$entries.Add((Get-Entry $controller $instances))
  }
  $running = @([Diagnostics.Process]::GetProcesses())
  foreach ($entry in $entries) {
    $program = $entry['program']
    $entry.Remove('program')
    $entry['processes'] = @($running | Where-Object { $program -and $_.ProcessName -eq $program } | ForEach-Object { $_.Id })
  }
  Write-Answer @{ ok = $true; value = @{ services = @($entries.ToArray()) } }
} catch {
  Write-Answer (Get-Failure $_)
}
