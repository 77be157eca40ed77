using System.Globalization;

namespace Edge.Machine;

/// <summary>What the kernel lets this process do: its resource limits and capabilities.</summary>
internal static class ProcessRights
{
    /// <summary>CAP_IPC_LOCK, linux/capability.h: the limit on locked memory does not hold.</summary>
    public const int LockMemory = 14;

    /// <summary>CAP_SYS_NICE: the limit on real-time priorities does not hold.</summary>
    public const int SetPriority = 23;

    /// <summary>How a person who is not root gets the limits that the service has by itself; the group's limits come with the installation.</summary>
    public const string MendLimits = "sudo usermod -aG edge $USER, then log in again (the service edge has its own limits)";

    /// <summary>A soft limit as <c>/proc/self/limits</c> names it; <see cref="long.MaxValue"/>: unlimited, null: not to be found.</summary>
    public static long? Limit(MachineFiles machine, string name)
    {
        var line = (machine.Read("/proc/self/limits") ?? "").Split('\n').FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
        var soft = line?[name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return soft == "unlimited" ? long.MaxValue : long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    /// <summary>The process has a capability, as root has.</summary>
    public static bool Has(MachineFiles machine, int capability)
    {
        const string Effective = "CapEff:";
        var line = (machine.Read("/proc/self/status") ?? "").Split('\n').FirstOrDefault(line => line.StartsWith(Effective, StringComparison.Ordinal));
        return ulong.TryParse(line?[Effective.Length..].Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var mask) && (mask >> capability & 1) == 1;
    }
}
