namespace Edge.Machine;

/// <summary>Whether the loop's core keeps its full speed.</summary>
public sealed class GovernorCheck(MachineFiles machine, LoopCore core) : IMachineCheck
{
    private const string Best = "performance";

    /// <inheritdoc/>
    public string Name => "cpu governor";

    /// <inheritdoc/>
    public Finding Look()
    {
        var path = $"/sys/devices/system/cpu/cpu{core.Cpu}/cpufreq/scaling_governor";
        return machine.Read(path) switch
        {
            null => Finding.Ok($"CPU {core.Cpu} has one speed"),
            Best => Finding.Ok($"CPU {core.Cpu}: {Best}"),
            var governor => Finding.Warn($"CPU {core.Cpu}: {governor}", $"echo {Best} | sudo tee {path} (Jetson: sudo jetson_clocks)"),
        };
    }
}
