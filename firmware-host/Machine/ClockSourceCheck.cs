namespace Edge.Machine;

/// <summary>Whether the time is read from the processor itself; every other clock costs a system call, or a microsecond.</summary>
public sealed class ClockSourceCheck(MachineFiles machine) : IMachineCheck
{
    private const string Folder = "/sys/devices/system/clocksource/clocksource0";
    private static readonly string[] Good = ["tsc", "arch_sys_counter"];

    /// <inheritdoc/>
    public string Name => "clock source";

    /// <inheritdoc/>
    public Finding Look()
    {
        var current = machine.Read($"{Folder}/current_clocksource") ?? "unknown";
        if (Good.Contains(current))
            return Finding.Ok(current);
        return (machine.Read($"{Folder}/available_clocksource") ?? "").Split(' ').FirstOrDefault(Good.Contains) is { } better
            ? Finding.Warn($"{current}, while {better} is there", $"echo {better} | sudo tee {Folder}/current_clocksource; for good: add clocksource={better} to the kernel's command line")
            : Finding.Warn($"{current}, and no {string.Join(" or ", Good)} to choose", "sudo dmesg | grep -iE 'clocksource|tsc' says why");
    }
}
