namespace Edge.Machine;

/// <summary>Whether the kernel takes the processor away from real-time threads for a part of each second.</summary>
public sealed class ThrottlingCheck(MachineFiles machine) : IMachineCheck
{
    /// <inheritdoc/>
    public string Name => "real-time throttling";

    /// <inheritdoc/>
    public Finding Look() => machine.Read("/proc/sys/kernel/sched_rt_runtime_us") switch
    {
        null => Finding.Ok("this kernel has none"),
        "-1" => Finding.Ok("off"),
        var us => Finding.Warn(
            $"real-time threads may run for {us} of every {machine.Read("/proc/sys/kernel/sched_rt_period_us") ?? "1000000"} us",
            "echo kernel.sched_rt_runtime_us=-1 | sudo tee /etc/sysctl.d/edge.conf && sudo sysctl --system"),
    };
}
