using System.Globalization;
using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using Edge.Tests.Inference;
using Xunit;

namespace Edge.Tests.Installation;

/// <summary>The files of systemd/, by the word of systemd's own tools.</summary>
[SupportedOSPlatform("linux")]
public sealed partial class SystemdTests : IDisposable
{
    private const double MostExposure = 3.0;

    private readonly string _folder = Fixture.NewFolder();

    /// <summary>A file in systemd/ and, for a template, an instance of it.</summary>
    public static TheoryData<string, string> Units => new()
    {
        { "edge.service", "edge.service" },
        { "edge-can@.service", "edge-can@can0.service" },
        { "edge-slcan@.service", "edge-slcan@edge-can.service" },
    };

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Units))]
    public void AUnitIsUnderstood(string file, string unit) => Assert.Equal("", Tool.Succeed("systemd-analyze", "verify", Copy(file, unit)));

    [Theory]
    [MemberData(nameof(Units))]
    public void AServiceIsLockedUp(string file, string unit)
    {
        var output = Tool.Succeed("systemd-analyze", "security", "--offline=true", "--no-pager", Copy(file, unit));
        var level = Level().Match(output);
        Assert.True(level.Success, output);
        Assert.True(double.Parse(level.Groups[1].Value, CultureInfo.InvariantCulture) < MostExposure, output);
    }

    [Fact]
    public void TheServiceStartsDisarmedAndIsWatched()
    {
        var lines = File.ReadAllLines(Source("edge.service"));
        Assert.Contains("ExecStart=/opt/edge/edge run --robot /etc/edge/robot.json --state /var/lib/edge", lines); // no --arm
        Assert.Contains("Type=notify", lines);
        Assert.Contains(lines, line => line.StartsWith("WatchdogSec=", StringComparison.Ordinal));
        Assert.Contains("Restart=on-failure", lines);
    }

    [Fact]
    public void TheUserAndItsFoldersAreMade()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "etc"));
        Tool.Succeed("systemd-sysusers", $"--root={_folder}", Source("edge.sysusers"));
        Assert.StartsWith("edge:", Assert.Single(File.ReadAllLines(Path.Combine(_folder, "etc", "passwd"))), StringComparison.Ordinal);
        var groups = File.ReadAllLines(Path.Combine(_folder, "etc", "group"));
        foreach (var group in new[] { "dialout", "video", "render" })
            Assert.Contains(groups, line => line.StartsWith($"{group}:", StringComparison.Ordinal) && line.EndsWith(":edge", StringComparison.Ordinal));

        if (Environment.UserName != "root")
            return; // nobody else may give folders away
        Tool.Succeed("systemd-tmpfiles", "--create", $"--root={_folder}", Source("edge.tmpfiles"));
        foreach (var folder in new[] { "var/lib/edge", "var/cache/edge", "var/cache/edge/engines" })
            Assert.Equal((UnixFileMode)0b111_101_000, File.GetUnixFileMode(Path.Combine(_folder, folder)));
    }

    [Fact]
    public void EveryDeviceRuleIsOne()
    {
        var rules = File.ReadAllLines(Source("70-edge.rules")).Where(line => line.Length > 0 && line[0] != '#').ToArray();
        Assert.All(rules, rule => Assert.Matches(Rule(), rule));
        Assert.Contains(rules, rule => rule.Contains("\"cpu_dma_latency\"", StringComparison.Ordinal));
        Assert.Contains(rules, rule => rule.Contains("SYMLINK+=\"edge/can\"", StringComparison.Ordinal));
        Assert.Contains(rules, rule => rule.Contains("SYMLINK+=\"edge/tool\"", StringComparison.Ordinal));
    }

    private static string Source(string file) => Path.Combine(Fixture.Root, "systemd", file);

    /// <summary>A copy whose programs are there on any machine.</summary>
    private string Copy(string file, string unit)
    {
        var path = Path.Combine(_folder, unit);
        File.WriteAllText(path, Program().Replace(File.ReadAllText(Source(file)), "$1/bin/true"));
        return path;
    }

    [GeneratedRegex(@"^(Exec\w+=)/\S+", RegexOptions.Multiline)]
    private static partial Regex Program();

    [GeneratedRegex(@"Overall exposure level for \S+: (\d+\.\d+)")]
    private static partial Regex Level();

    [GeneratedRegex("""^((ACTION|SUBSYSTEM|KERNEL|DRIVER|ATTRS?\{\w+\})=="[^"]+", )+((SYMLINK\+|TAG\+|GROUP|MODE|ATTR\{\w+\})="[^"]+"(, |$))+$""")]
    private static partial Regex Rule();
}
