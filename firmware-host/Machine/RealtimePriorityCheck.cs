namespace Edge.Machine;

/// <summary>Whether the process may give the loop's thread its priority.</summary>
/// <param name="machine">The machine.</param>
/// <param name="priority">SCHED_FIFO priority that the robot file asks for; 0: none.</param>
public sealed class RealtimePriorityCheck(MachineFiles machine, int priority) : IMachineCheck
{
    /// <inheritdoc/>
    public string Name => "real-time priority";

    /// <inheritdoc/>
    public Finding Look()
    {
        if (priority == 0)
            return Finding.Ok("the robot file asks for none");
        if (ProcessRights.Has(machine, ProcessRights.SetPriority))
            return Finding.Ok($"{priority} allowed (CAP_SYS_NICE)");
        var limit = ProcessRights.Limit(machine, "Max realtime priority") ?? 0;
        return limit >= priority ? Finding.Ok($"{priority} allowed, at most {limit}") : Finding.Warn($"{priority} asked for, at most {limit} allowed", ProcessRights.MendLimits);
    }
}
