# Tells what is known of tasks; those that are not there are left out.
# Input: {"names": [...]}.
# Answer: {"tasks": [{"name", "state": number of TASK_STATE, "account", "logonType", "nextRun", "lastRun", "lastResult"}]}; times in UTC,
# null where there is none.
param($Json)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

# include: shared/exchange.ps1

function Utc($time) {
  # A task that never ran has a date of 1999.
  if ($null -eq $time -or $time.Year -lt 2000) { return $null }
  $time.ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ssZ', [Globalization.CultureInfo]::InvariantCulture)
}

try {
  $request = Read-Request
  $tasks = @(foreach ($name in $request['names']) {
      $task = Get-ScheduledTask -TaskName ([string]$name) -TaskPath '\' -ErrorAction SilentlyContinue
      if ($null -eq $task) { continue }
      $info = Get-ScheduledTaskInfo -TaskName ([string]$name) -TaskPath '\'
      @{
        name = [string]$name
        state = [int]$task.State
        account = $task.Principal.UserId
        logonType = [string]$task.Principal.LogonType
        nextRun = Utc $info.NextRunTime
        lastRun = Utc $info.LastRunTime
        lastResult = [long]$info.LastTaskResult
      }
    })
  Write-Answer @{ ok = $true; value = @{ tasks = $tasks } }
} catch {
  Write-Answer (Get-Failure $_)
}
