using System.Runtime.Versioning;
using Edge.Tests.Inference;
using Xunit;

namespace Edge.Tests.Installation;

/// <summary>scripts/install.sh and scripts/uninstall.sh into a folder that stands for the machine, from a folder that stands for out/publish.</summary>
[SupportedOSPlatform("linux")]
public sealed class InstallTests : IDisposable
{
    private const UnixFileMode Readable = (UnixFileMode)0b110_100_100;
    private const UnixFileMode Executable = (UnixFileMode)0b111_101_101;

    private readonly string _root = Fixture.NewFolder();
    private readonly string _published = Fixture.NewFolder();

    public InstallTests()
    {
        Publish("edge", "program", Executable);
        Publish("edge.dbg", "symbols", Readable);
        Publish("libonnxruntime.so", "library", Executable);
        Publish("robots/xarm6-damiao.json", "{}", Readable);
        Publish("robots/robot.schema.json", "{}", Readable);
    }

    public void Dispose()
    {
        Directory.Delete(_root, recursive: true);
        Directory.Delete(_published, recursive: true);
    }

    [Fact]
    public void EverythingLiesWhereTheServiceLooksForIt()
    {
        var output = Install();
        Assert.Contains("1/5", output, StringComparison.Ordinal);
        AssertFile("opt/edge/edge", "program", Executable);
        AssertFile("opt/edge/libonnxruntime.so", "library", Readable);
        AssertFile("opt/edge/robots/xarm6-damiao.json", "{}", Readable);
        AssertFile("etc/edge/robot.json", "{}", Readable);
        AssertFile("etc/edge/robot.schema.json", "{}", Readable);
        foreach (var package in new[] { "planner", "policy" })
            AssertFile($"opt/edge/models/{package}/manifest.json", File.ReadAllText(Path.Combine(Fixture.Root, "models", package, "manifest.json")), Readable);
        AssertCopy("edge.service", "etc/systemd/system/edge.service");
        AssertCopy("edge-can@.service", "etc/systemd/system/edge-can@.service");
        AssertCopy("edge-slcan@.service", "etc/systemd/system/edge-slcan@.service");
        AssertCopy("edge.sysusers", "etc/sysusers.d/edge.conf");
        AssertCopy("edge.tmpfiles", "etc/tmpfiles.d/edge.conf");
        AssertCopy("edge.limits", "etc/security/limits.d/edge.conf");
        AssertCopy("70-edge.rules", "etc/udev/rules.d/70-edge.rules");
        Assert.Equal("/opt/edge/edge", new FileInfo(PathOf("usr/local/bin/edge")).LinkTarget);
        Assert.False(File.Exists(PathOf("opt/edge/edge.dbg")));
    }

    [Fact]
    public void AnUpdateKeepsTheRobotFileAndDropsWhatIsNoMore()
    {
        Install();
        File.WriteAllText(PathOf("etc/edge/robot.json"), "mine");
        File.Delete(Path.Combine(_published, "libonnxruntime.so"));
        Publish("libedgevision.so", "newer", Readable);
        Publish("edge", "newer program", Executable);
        Assert.Contains("is kept", Install(), StringComparison.Ordinal);
        AssertFile("etc/edge/robot.json", "mine", Readable);
        AssertFile("opt/edge/edge", "newer program", Executable);
        AssertFile("opt/edge/libedgevision.so", "newer", Readable);
        Assert.False(File.Exists(PathOf("opt/edge/libonnxruntime.so")));
    }

    [Fact]
    public void UninstallingLeavesTheRobotFileUnlessPurged()
    {
        Install();
        Directory.CreateDirectory(PathOf("var/lib/edge"));
        File.WriteAllText(PathOf("var/lib/edge/memory.json"), "{}");
        Uninstall();
        Assert.Equal(["etc/edge/robot.json", "etc/edge/robot.schema.json", "var/lib/edge/memory.json"], Files());
        Uninstall(); // nothing is left to take away, which is no error
        Uninstall("--purge");
        Assert.Empty(Files());
    }

    [Fact]
    public void WhatIsMissingIsSaidInASentence()
    {
        File.Delete(Path.Combine(_published, "edge"));
        var (exitCode, output) = Tool.Run("scripts/install.sh", "--root", _root, "--from", _published);
        Assert.Equal(1, exitCode);
        Assert.Contains("run 'make publish' first", output, StringComparison.Ordinal);
        Assert.Empty(Files());
        Assert.Equal(1, Tool.Run("scripts/install.sh", "--rot", _root).ExitCode);
        Assert.Equal(1, Tool.Run("scripts/uninstall.sh", "--rot", _root).ExitCode);
    }

    private string Install() => Tool.Succeed("scripts/install.sh", "--root", _root, "--from", _published);

    private void Uninstall(params string[] more) => Tool.Succeed("scripts/uninstall.sh", ["--root", _root, .. more]);

    private void Publish(string name, string text, UnixFileMode mode)
    {
        var path = Path.Combine(_published, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, mode);
    }

    private string PathOf(string place) => Path.Combine(_root, place);

    private IEnumerable<string> Files() =>
        Directory.EnumerateFiles(_root, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(_root, file)).Order(StringComparer.Ordinal);

    private void AssertFile(string place, string text, UnixFileMode mode)
    {
        Assert.Equal(text, File.ReadAllText(PathOf(place)));
        Assert.Equal(mode, File.GetUnixFileMode(PathOf(place)));
    }

    private void AssertCopy(string source, string place) => AssertFile(place, File.ReadAllText(Path.Combine(Fixture.Root, "systemd", source)), Readable);
}
