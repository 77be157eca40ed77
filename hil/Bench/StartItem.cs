using System.Diagnostics;
using System.Globalization;
using Edge.Hil.RealTime;
using Edge.Hil.Tasks;
using Edge.Robots;

namespace Edge.Hil.Bench;

/// <summary>What a start costs: time until the arm is armed and ready, resident memory, and what must be on the disk; the published program beside the same program on the JIT.</summary>
internal sealed class StartItem : IBenchItem
{
    private const string Armed = "edge: Armed";
    private const double StartSeconds = 60, StopSeconds = 15;
    private const int Starts = 3;

    /// <inheritdoc/>
    public string Key => "start";

    /// <inheritdoc/>
    public string Title => "Start: process start to armed and ready";

    /// <inheritdoc/>
    public string Goal => "sooner, and with less memory, than the same program on the JIT";

    /// <inheritdoc/>
    public double WantedSeconds => 45;

    /// <inheritdoc/>
    public BenchResult Run(BenchContext context)
    {
        var jit = Path.Combine("out", "bin", "edge");
        if (!File.Exists(jit))
            throw new BenchException($"{jit} is not there: run 'make build'");
        var robot = RobotFile.Load(context.RobotFile);
        var folder = Directory.CreateDirectory(context.File(Key)).FullName;
        using var broker = new Broker(folder);
        using var rig = new RealTimeRig(robot, TaskRegistry.Get("touch").Sample(1).Scene);
        var robotFile = Path.Combine(folder, "robot.json");
        rig.WriteRobotFile(context.RobotFile, robotFile, broker.Port, ControllerSession.Prepare);
        rig.Start();

        // In turns, so that what else the machine does hits both alike.
        var (aot, jitted) = (new List<StartCost>(), new List<StartCost>());
        for (var i = 0; i < Starts; i++)
        {
            context.Report((double)i / Starts, $"start {i + 1} of {Starts}, compiled and on the JIT");
            aot.Add(Measure(context.Edge, robotFile));
            jitted.Add(Measure(jit, robotFile));
        }

        var (ours, theirs) = (StartCost.Median(aot), StartCost.Median(jitted));
        double programMb = new FileInfo(context.Edge).Length / 1e6, jitMb = JitMegabytes(jit);
        return BenchResult.Of(
            string.Create(CultureInfo.InvariantCulture, $"{ours.ReadySeconds:0.0} s beside {theirs.ReadySeconds:0.0} s on the JIT; {ours.ResidentMb:0} MB resident beside {theirs.ResidentMb:0} MB; program {programMb:0.0} MB beside {jitMb:0} MB with its runtime"),
            [
                new("process start to armed", ours.ReadySeconds, "JIT", theirs.ReadySeconds, "s", AtMost: 1),
                new("resident memory", ours.ResidentMb, "JIT", theirs.ResidentMb, "MB", AtMost: 1),
                new("program", programMb, "JIT with its runtime", jitMb, "MB", AtMost: 1),
            ],
            [Row("NativeAOT", ours, programMb), Row("JIT", theirs, jitMb)],
            reason: "models, self-test and arming take the same time in both");
    }

    private static StartCost Measure(string program, string robotFile)
    {
        var watch = Stopwatch.StartNew();
        using var edge = ChildProcess.Start(program, ["run", "--robot", robotFile, "--arm"]);
        edge.WaitForLine("edge: ", StartSeconds);
        var firstLine = watch.Elapsed.TotalSeconds;
        if (!edge.WaitForLine(Armed, StartSeconds))
            throw new BenchException($"{program} did not arm; it said:\n{string.Join('\n', edge.Lines)}");
        var ready = watch.Elapsed.TotalSeconds;
        var resident = File.ReadLines($"/proc/{edge.Id}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1];
        edge.Terminate();
        edge.WaitForExit(StopSeconds);
        return new StartCost(firstLine, ready, double.Parse(resident, CultureInfo.InvariantCulture) * 1024 / 1e6);
    }

    /// <summary>The program's own assemblies and the shared runtime that it needs; native libraries are the same in both.</summary>
    private static double JitMegabytes(string apphost)
    {
        var program = Path.GetDirectoryName(File.ResolveLinkTarget(apphost, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(apphost))!;
        var runtime = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        return (Size(program, "*.dll") + Size(runtime, "*")) / 1e6;

        static long Size(string folder, string pattern) => Directory.EnumerateFiles(folder, pattern).Sum(file => new FileInfo(file).Length);
    }

    private static BenchRow Row(string name, StartCost cost, double programMb) =>
        new(name, [new("first line", cost.FirstLineSeconds, "s"), new("armed", cost.ReadySeconds, "s"), new("resident", cost.ResidentMb, "MB"), new("on disk", programMb, "MB")]);

    private sealed record StartCost(double FirstLineSeconds, double ReadySeconds, double ResidentMb)
    {
        public static StartCost Median(IReadOnlyList<StartCost> costs)
        {
            double Of(Func<StartCost, double> field) => costs.Select(field).Order().ElementAt(costs.Count / 2);
            return new StartCost(Of(cost => cost.FirstLineSeconds), Of(cost => cost.ReadySeconds), Of(cost => cost.ResidentMb));
        }
    }
}
