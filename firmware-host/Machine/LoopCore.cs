using Edge.Robots;

namespace Edge.Machine;

/// <summary>The core that the control loop is pinned to, and the others.</summary>
/// <param name="Cpu">Its number.</param>
/// <param name="Online">Every core that is on.</param>
public sealed record LoopCore(int Cpu, IReadOnlyList<int> Online)
{
    /// <summary>Every core but the loop's; empty on a machine that has only one.</summary>
    public IEnumerable<int> Others => Online.Where(cpu => cpu != Cpu);

    /// <summary>The core that a robot file means: -1 is the last one.</summary>
    public static LoopCore Of(LoopDescription loop, MachineFiles machine)
    {
        ArgumentNullException.ThrowIfNull(loop);
        ArgumentNullException.ThrowIfNull(machine);
        var online = CpuList.Parse(machine.Read("/sys/devices/system/cpu/online"));
        if (online.Count == 0)
            online = [0];
        return new LoopCore(loop.Cpu >= 0 ? loop.Cpu : online[^1], online);
    }
}
