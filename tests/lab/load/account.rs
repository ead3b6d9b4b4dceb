//! What the system says about a process (Linux).

use std::fs;

use super::Outcome;

/// The processor time of all threads of a process so far, in nanoseconds.
pub(crate) fn processor_nanos(pid: u32) -> Outcome<u64> {
    let mut sum = 0;
    for thread in fs::read_dir(format!("/proc/{pid}/task"))? {
        let account = fs::read_to_string(thread?.path().join("schedstat"))?;
        sum += account.split(' ').next().unwrap_or_default().parse::<u64>()?;
    }
    Ok(sum)
}

/// How much memory a process has now, in KiB.
pub(crate) fn resident_kib(pid: u32) -> Outcome<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(number.ok_or("the system does not tell the memory of a process")?.parse()?)
}
