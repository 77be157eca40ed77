namespace Edge.Machine;

/// <summary>Whether devices may interrupt the loop's core. Interrupts that nobody handles do not count.</summary>
public sealed class InterruptCheck(MachineFiles machine, LoopCore core) : IMachineCheck
{
    private const string Folder = "/proc/irq";
    private const int MostNamed = 4;

    /// <inheritdoc/>
    public string Name => "interrupts";

    /// <inheritdoc/>
    public Finding Look()
    {
        if (!core.Others.Any())
            return Finding.Ok($"CPU {core.Cpu} is the only one: nowhere else to send them");
        var handled = machine.FoldersIn(Folder)
            .Select(number => (Number: number, Handler: machine.FoldersIn($"{Folder}/{number}").FirstOrDefault()))
            .Where(interrupt => interrupt.Handler is not null)
            .ToArray();
        var here = handled.Where(interrupt => CpuList.Parse(machine.Read($"{Folder}/{interrupt.Number}/smp_affinity_list")).Contains(core.Cpu)).ToArray();
        if (here.Length == 0)
            return Finding.Ok($"none of {handled.Length} may land on CPU {core.Cpu}");
        var others = CpuList.Format(core.Others);
        return Finding.Warn(
            $"{here.Length} of {handled.Length} may land on CPU {core.Cpu}: "
                + string.Join(", ", here.Take(MostNamed).Select(interrupt => $"{interrupt.Number} {interrupt.Handler}")) + (here.Length > MostNamed ? ", ..." : ""),
            $"for f in {Folder}/*/smp_affinity_list; do echo {others} | sudo tee $f; done; for good: add irqaffinity={others} to the kernel's command line");
    }
}
