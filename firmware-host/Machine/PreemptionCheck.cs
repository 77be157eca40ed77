namespace Edge.Machine;

/// <summary>Whether the kernel lets a real-time thread in at once: PREEMPT_RT, or full preemption, built in or chosen at start.</summary>
public sealed class PreemptionCheck(MachineFiles machine) : IMachineCheck
{
    private const string Parameter = "preempt=";

    /// <inheritdoc/>
    public string Name => "kernel preemption";

    /// <inheritdoc/>
    public Finding Look()
    {
        var version = machine.Read("/proc/version") ?? "";
        if (machine.Read("/sys/kernel/realtime") == "1" || version.Contains("PREEMPT_RT", StringComparison.Ordinal))
            return Finding.Ok("PREEMPT_RT");
        if (version.Contains("PREEMPT_DYNAMIC", StringComparison.Ordinal))
            return LookDynamic();
        return version.Contains("PREEMPT", StringComparison.Ordinal)
            ? Finding.Ok("full preemption")
            : Finding.Warn("the kernel was built without preemption", "sudo apt install linux-image-rt-$(dpkg --print-architecture) (Jetson: nvidia-l4t-rt-kernel), then restart");
    }

    private Finding LookDynamic() => Mode() switch
    {
        "full" => Finding.Ok("full preemption (dynamic)"),
        "lazy" => Finding.Ok("lazy preemption (dynamic): it puts off ordinary threads only"),
        null => Finding.Warn("dynamic preemption, in a mode that is not shown here", "sudo edge check (after sudo mount -t debugfs none /sys/kernel/debug), or add preempt=full to the kernel's command line"),
        var mode => Finding.Warn($"{mode} preemption (dynamic)", "echo full | sudo tee /sys/kernel/debug/sched/preempt; for good: add preempt=full to the kernel's command line"),
    };

    /// <summary>What stands in brackets where the kernel shows its choices, else what it was started with; null: unknown.</summary>
    private string? Mode()
    {
        var choices = machine.Read("/sys/kernel/debug/sched/preempt") ?? "";
        var (start, end) = (choices.IndexOf('(', StringComparison.Ordinal), choices.IndexOf(')', StringComparison.Ordinal));
        if (start >= 0 && end > start)
            return choices[(start + 1)..end];
        return (machine.Read("/proc/cmdline") ?? "").Split(' ').LastOrDefault(word => word.StartsWith(Parameter, StringComparison.Ordinal))?[Parameter.Length..];
    }
}
