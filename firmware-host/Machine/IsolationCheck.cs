namespace Edge.Machine;

/// <summary>Whether the loop has its core for itself: kept from other threads (isolcpus), and without a scheduler's tick where the kernel can do that (nohz_full).</summary>
public sealed class IsolationCheck(MachineFiles machine, LoopCore core) : IMachineCheck
{
    /// <inheritdoc/>
    public string Name => "isolated core";

    /// <inheritdoc/>
    public Finding Look()
    {
        if (!core.Online.Contains(core.Cpu))
            return Finding.Warn($"there is no CPU {core.Cpu}: {CpuList.Format(core.Online)} are on", "name one of them as loop.cpu in the robot file, or -1 for the last");
        if (!core.Others.Any())
            return Finding.Warn($"CPU {core.Cpu} is the only one", "nproc: the loop wants a machine with at least two");
        var isolated = CpuList.Parse(machine.Read("/sys/devices/system/cpu/isolated")).Contains(core.Cpu);
        var tickless = machine.Read("/sys/devices/system/cpu/nohz_full") is not { } list || CpuList.Parse(list).Contains(core.Cpu);
        return isolated && tickless
            ? Finding.Ok($"CPU {core.Cpu}")
            : Finding.Warn(
                $"CPU {core.Cpu} is not in {(isolated ? "nohz_full" : tickless ? "isolcpus" : "isolcpus and nohz_full")}",
                $"add isolcpus={core.Cpu} nohz_full={core.Cpu} rcu_nocbs={core.Cpu} to the kernel's command line (GRUB_CMDLINE_LINUX in /etc/default/grub, then sudo update-grub; "
                    + "Jetson: APPEND in /boot/extlinux/extlinux.conf)");
    }
}
