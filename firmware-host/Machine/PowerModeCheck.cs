using System.Globalization;

namespace Edge.Machine;

/// <summary>The power mode of a Jetson: whether it gives all it can. What <c>nvpmodel</c> chose, and from what, lies in two files.</summary>
public sealed class PowerModeCheck(MachineFiles machine) : IMachineCheck
{
    private const string Unlimited = "MAXN";

    /// <inheritdoc/>
    public string Name => "jetson power mode";

    /// <inheritdoc/>
    public Finding Look()
    {
        if (!machine.Exists("/etc/nv_tegra_release"))
            return Finding.Ok("not looked at: this is no Jetson");

        // "< POWER_MODEL ID=2 NAME=MAXN_SUPER >" and "pmode:0002".
        var modes = (machine.Read("/etc/nvpmodel.conf") ?? "").Split('\n')
            .Select(line => line.Split([' ', '<', '>'], StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words is ["POWER_MODEL", ..])
            .Select(words => (Id: NumberAfter("ID=", words), Name: After("NAME=", words)))
            .ToArray();
        var id = NumberAfter("pmode:", (machine.Read("/var/lib/nvpmodel/status") ?? "").Split());
        if (id is null || modes.FirstOrDefault(mode => mode.Id == id).Name is not { } current)
            return Finding.Warn("unknown", "sudo nvpmodel -q");

        // The unlimited mode's number differs from board to board, and some boards have none.
        var best = modes.LastOrDefault(mode => IsUnlimited(mode.Name));
        return best.Name is null || IsUnlimited(current)
            ? Finding.Ok(current)
            : Finding.Warn($"{current}, while {best.Name} is there", $"sudo nvpmodel -m {best.Id} && sudo jetson_clocks");
    }

    private static bool IsUnlimited(string? name) => name?.StartsWith(Unlimited, StringComparison.Ordinal) == true;

    private static string? After(string prefix, string[] words) => words.FirstOrDefault(word => word.StartsWith(prefix, StringComparison.Ordinal))?[prefix.Length..];

    private static int? NumberAfter(string prefix, string[] words) =>
        int.TryParse(After(prefix, words), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
