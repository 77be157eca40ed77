namespace Edge.Machine;

/// <summary>Whether the process may keep its memory from being paged out.</summary>
public sealed class LockedMemoryCheck(MachineFiles machine) : IMachineCheck
{
    /// <inheritdoc/>
    public string Name => "locked memory";

    /// <inheritdoc/>
    public Finding Look() => ProcessRights.Limit(machine, "Max locked memory") switch
    {
        long.MaxValue => Finding.Ok("unlimited"),
        _ when ProcessRights.Has(machine, ProcessRights.LockMemory) => Finding.Ok("unlimited (CAP_IPC_LOCK)"),
        long bytes => Finding.Warn($"at most {bytes} bytes", ProcessRights.MendLimits),
        null => Finding.Warn("the limit cannot be read", ProcessRights.MendLimits),
    };
}
