using Edge.Machine;
using Edge.Realtime;
using Xunit;
using static Edge.Tests.Machine.MadeUpMachine;

namespace Edge.Tests.Machine;

/// <summary>What <c>edge check</c> says of the kernel, on machines that do not exist.</summary>
public sealed class KernelCheckTests : IDisposable
{
    private const string Limits =
        "Limit                     Soft Limit           Hard Limit           Units     \n"
        + "Max locked memory         {0}              {0}              bytes     \n"
        + "Max realtime priority     {1}                    98                   \n";

    private readonly MadeUpMachine _machine = new();

    private MachineFiles Files => _machine.Files;

    public void Dispose() => _machine.Dispose();

    [Theory]
    [InlineData("0-2,5", "0,1,2,5")]
    [InlineData("3", "3")]
    [InlineData("", "")]
    [InlineData("(null)", "")]
    [InlineData("7-", "")]
    [InlineData("3-1", "")]
    [InlineData("0-99999999", "")]
    [InlineData(null, "")]
    public void CpuListsAreRead(string? text, string cpus) => Assert.Equal(cpus, string.Join(',', CpuList.Parse(text)));

    [Fact]
    public void CpuListsAreWritten() => Assert.Equal("0-2,5,7-8", CpuList.Format([8, 0, 1, 2, 5, 7]));

    [Fact]
    public void TheLoopsCoreIsTheLastOneOrTheOneNamed()
    {
        Assert.Equal(3, _machine.Core.Cpu);
        Assert.Equal([0, 1, 2], _machine.Core.Others);
        Assert.Equal(1, LoopCore.Of(new(1000, 80, 1, 20), Files).Cpu);
    }

    [Fact]
    public void PreemptionByName()
    {
        AssertWarns(new PreemptionCheck(Files), "without preemption", "linux-image-rt");
        _machine.Write("/proc/version", "Linux version 6.1.0-rt (gcc) #1 SMP PREEMPT_RT Debian\n");
        AssertOk(new PreemptionCheck(Files), "PREEMPT_RT");
        _machine.Write("/proc/version", "Linux version 5.15.0-tegra (gcc) #1 SMP PREEMPT Debian\n");
        AssertOk(new PreemptionCheck(Files), "full preemption");
        _machine.Write("/sys/kernel/realtime", "1\n");
        AssertOk(new PreemptionCheck(Files), "PREEMPT_RT");
    }

    [Fact]
    public void PreemptionChosenAtStart()
    {
        var check = new PreemptionCheck(Files);
        _machine.Write("/proc/version", "Linux version 6.1.0 (gcc) #1 SMP PREEMPT_DYNAMIC Debian\n").Write("/proc/cmdline", "quiet splash\n");
        AssertWarns(check, "not shown here", "sudo edge check");
        _machine.Write("/proc/cmdline", "quiet preempt=full splash\n");
        AssertOk(check, "full");
        _machine.Write("/sys/kernel/debug/sched/preempt", "none (voluntary) full\n"); // what holds now goes before what was asked for
        AssertWarns(check, "voluntary", "preempt=full");
        _machine.Write("/sys/kernel/debug/sched/preempt", "none voluntary full (lazy)\n");
        AssertOk(check, "lazy");
    }

    [Fact]
    public void Throttling()
    {
        var check = new ThrottlingCheck(Files);
        AssertOk(check, "has none");
        _machine.Write("/proc/sys/kernel/sched_rt_runtime_us", "950000\n").Write("/proc/sys/kernel/sched_rt_period_us", "1000000\n");
        AssertWarns(check, "950000 of every 1000000", "kernel.sched_rt_runtime_us=-1");
        _machine.Write("/proc/sys/kernel/sched_rt_runtime_us", "-1\n");
        AssertOk(check, "off");
    }

    [Fact]
    public void LockedMemory()
    {
        var check = new LockedMemoryCheck(Files);
        AssertWarns(check, "cannot be read", "usermod");
        _machine.Write("/proc/self/limits", string.Format(null, Limits, "8388608", "0"));
        AssertWarns(check, "at most 8388608 bytes", "usermod");
        _machine.Write("/proc/self/status", "Name:\tedge\nCapEff:\t0000000000004000\n");
        AssertOk(check, "CAP_IPC_LOCK");
        _machine.Write("/proc/self/status", "Name:\tedge\nCapEff:\t0000000000000000\n");
        _machine.Write("/proc/self/limits", string.Format(null, Limits, "unlimited", "0"));
        AssertOk(check, "unlimited");
    }

    [Fact]
    public void RealtimePriority()
    {
        AssertOk(new RealtimePriorityCheck(Files, 0), "asks for none");
        var check = new RealtimePriorityCheck(Files, 80);
        _machine.Write("/proc/self/limits", string.Format(null, Limits, "unlimited", "79"));
        AssertWarns(check, "80 asked for, at most 79", "usermod");
        _machine.Write("/proc/self/status", "CapEff:\t0000000000800000\n");
        AssertOk(check, "CAP_SYS_NICE");
        _machine.Write("/proc/self/status", "CapEff:\t0000000000000000\n");
        _machine.Write("/proc/self/limits", string.Format(null, Limits, "unlimited", "98"));
        AssertOk(check, "at most 98");
    }

    [Fact]
    public void Governor()
    {
        var check = new GovernorCheck(Files, _machine.Core);
        AssertOk(check, "one speed");
        _machine.Write("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance\n"); // another core's
        _machine.Write("/sys/devices/system/cpu/cpu3/cpufreq/scaling_governor", "schedutil\n");
        AssertWarns(check, "CPU 3: schedutil", "echo performance | sudo tee /sys/devices/system/cpu/cpu3/cpufreq/scaling_governor");
        _machine.Write("/sys/devices/system/cpu/cpu3/cpufreq/scaling_governor", "performance\n");
        AssertOk(check, "performance");
    }

    [Fact]
    public void Isolation()
    {
        var check = new IsolationCheck(Files, _machine.Core);
        _machine.Write("/sys/devices/system/cpu/isolated", "\n").Write("/sys/devices/system/cpu/nohz_full", "(null)\n");
        AssertWarns(check, "not in isolcpus and nohz_full", "isolcpus=3 nohz_full=3");
        _machine.Write("/sys/devices/system/cpu/isolated", "2-3\n");
        AssertWarns(check, "not in nohz_full", "isolcpus=3 nohz_full=3");
        _machine.Write("/sys/devices/system/cpu/nohz_full", "3\n");
        AssertOk(check, "CPU 3");
        _machine.Write("/sys/devices/system/cpu/isolated", "\n");
        AssertWarns(check, "not in isolcpus", "isolcpus=3");
        AssertWarns(new IsolationCheck(Files, new LoopCore(4, [0, 1, 2, 3])), "no CPU 4: 0-3", "loop.cpu");
        AssertWarns(new IsolationCheck(Files, new LoopCore(0, [0])), "the only one", "at least two");
    }

    [Fact]
    public void Interrupts()
    {
        var check = new InterruptCheck(Files, _machine.Core);
        _machine.WriteFolder("/proc/irq/24/eth0").Write("/proc/irq/24/smp_affinity_list", "0-2\n");
        _machine.Write("/proc/irq/25/smp_affinity_list", "0-3\n"); // nobody handles it
        AssertOk(check, "none of 1 may land on CPU 3");
        _machine.WriteFolder("/proc/irq/26/xhci_hcd").Write("/proc/irq/26/smp_affinity_list", "0-3\n");
        AssertWarns(check, "1 of 2 may land on CPU 3: 26 xhci_hcd", "echo 0-2");
        AssertOk(new InterruptCheck(Files, new LoopCore(0, [0])), "the only one");
    }

    [Fact]
    public void WakeLatencyDevice()
    {
        var check = new WakeLatencyCheck(Files);
        AssertWarns(check, "no /dev/cpu_dma_latency", "cpuidle.off=1");
        _machine.WriteFolder(WakeLatency.Device); // what refuses to be written, to root as well
        AssertWarns(check, "cannot be written", "install.sh");
        Directory.Delete(_machine.PathOf(WakeLatency.Device));
        _machine.Write(WakeLatency.Device, "");
        AssertOk(check, "0 us");
        Assert.Equal(0, new FileInfo(_machine.PathOf(WakeLatency.Device)).Length); // it was only looked at
    }

    [Fact]
    public void ClockSource()
    {
        const string Folder = "/sys/devices/system/clocksource/clocksource0";
        var check = new ClockSourceCheck(Files);
        _machine.Write($"{Folder}/current_clocksource", "hpet\n").Write($"{Folder}/available_clocksource", "hpet acpi_pm\n");
        AssertWarns(check, "hpet", "dmesg");
        _machine.Write($"{Folder}/available_clocksource", "tsc hpet acpi_pm\n");
        AssertWarns(check, "hpet, while tsc", "echo tsc | sudo tee");
        _machine.Write($"{Folder}/current_clocksource", "tsc\n");
        AssertOk(check, "tsc");
        _machine.Write($"{Folder}/current_clocksource", "arch_sys_counter\n");
        AssertOk(check, "arch_sys_counter");
    }

    [Fact]
    public void PowerMode()
    {
        var check = new PowerModeCheck(Files);
        AssertOk(check, "no Jetson");
        _machine.Write("/etc/nv_tegra_release", "# R36 (release), REVISION: 4.3\n");
        AssertWarns(check, "unknown", "nvpmodel -q");
        _machine.Write("/etc/nvpmodel.conf", "# < POWER_MODEL ID=9 NAME=MAXN_OLD >\n< POWER_MODEL ID=0 NAME=15W >\nCPU_ONLINE CORE_0 1\n< POWER_MODEL ID=2 NAME=MAXN_SUPER >\n");
        _machine.Write("/var/lib/nvpmodel/status", "pmode:0000\n");
        AssertWarns(check, "15W, while MAXN_SUPER", "sudo nvpmodel -m 2");
        _machine.Write("/var/lib/nvpmodel/status", "pmode:0002 fmode:cool\n");
        AssertOk(check, "MAXN_SUPER");
        _machine.Write("/var/lib/nvpmodel/status", "pmode:0000\n").Write("/etc/nvpmodel.conf", "< POWER_MODEL ID=0 NAME=15W >\n< POWER_MODEL ID=1 NAME=7W >\n");
        AssertOk(check, "15W");
    }
}
