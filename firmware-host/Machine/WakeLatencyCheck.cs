using Edge.Realtime;

namespace Edge.Machine;

/// <summary>Whether the controller may keep the cores out of deep sleep.</summary>
public sealed class WakeLatencyCheck(MachineFiles machine) : IMachineCheck
{
    /// <inheritdoc/>
    public string Name => "cpu_dma_latency";

    /// <inheritdoc/>
    public Finding Look()
    {
        if (!machine.Exists(WakeLatency.Device))
            return Finding.Warn($"this kernel has no {WakeLatency.Device}", "add cpuidle.off=1 to the kernel's command line");
        try
        {
            WakeLatency.Open(machine.PathOf(WakeLatency.Device)).Dispose();
            return Finding.Ok("may be held at 0 us");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Finding.Warn(
                $"{WakeLatency.Device} cannot be written by this user", "sudo scripts/install.sh gives it to the group edge; sudo usermod -aG edge $USER, then log in again");
        }
    }
}
