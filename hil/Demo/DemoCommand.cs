using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Edge.Hil.Pictures;
using Edge.Hil.Plant;
using Edge.Hil.RealTime;
using Edge.Hil.Scenes;
using Edge.Hil.Tasks;
using Edge.Host;
using Edge.Policy;
using Edge.Robots;
using Edge.Tasks;

namespace Edge.Hil.Demo;

/// <summary><c>edge-hil demo</c>: broker, rig and the published controller, in real time; one place and one swap by sentence.</summary>
public static class DemoCommand
{
    /// <summary>The demo's scenes start here: trained on by nobody.</summary>
    private const ulong FirstSeed = 700_001;

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var robot = RobotOption.Create();
        var edge = new Option<string>("--edge") { Description = "The controller", DefaultValueFactory = _ => Path.Combine("out", "publish", "edge") };
        var output = new Option<string>("--out") { Description = "Folder for what it writes", DefaultValueFactory = _ => Path.Combine("out", "demo") };
        var seed = new Option<ulong>("--seed") { Description = "Seed of the scene", DefaultValueFactory = _ => FirstSeed };
        var noFilm = new Option<bool>("--no-film") { Description = "Make no video" };
        var command = new Command("demo", "A sentence becomes motion, in real time, through the real wires") { robot, edge, output, seed, noFilm };
        command.SetAction(parsed => new Demo(parsed.GetValue(robot)!, parsed.GetValue(edge)!, parsed.GetValue(output)!, Console.Out)
            .Run(parsed.GetValue(seed), !parsed.GetValue(noFilm)));
        return command;
    }
}

/// <summary>One run of the demo.</summary>
internal sealed class Demo(string robotFile, string edge, string folder, TextWriter log)
{
    private const double StartSeconds = 60, StopSeconds = 10, SettleSeconds = 1.5;
    private readonly RobotDescription _robot = RobotFile.Load(robotFile);

    public int Run(ulong seed, bool film)
    {
        Directory.CreateDirectory(folder);
        var state = Path.Combine(folder, "state");
        if (Directory.Exists(state))
            Directory.Delete(state, recursive: true);
        var random = SceneRandom.For(seed, "demo");
        var scene = SceneSampler.Draw(random, 3, 2);
        var random2 = SceneRandom.For(seed, "demo-text");
        (RigTask Task, TaskGoal Goal)[] tasks = [(TaskRegistry.Get("simple_manipulation"), new TaskGoal(0, -1, 0)), (TaskRegistry.Get("swap"), new TaskGoal(1, 2))];

        using var broker = new Broker(folder);
        using var rig = new RealTimeRig(_robot, scene);
        var deviceFile = Path.Combine(folder, "robot.json");
        rig.WriteRobotFile(robotFile, deviceFile, broker.Port);
        rig.Start();
        log.WriteLine($"demo: {string.Join(", ", scene.Objects.Select(o => o.Name))} on the table; areas: {string.Join(", ", scene.Areas.Select(a => a.Name))}");
        string reportFile = Path.Combine(folder, "edge.json"), traceFile = Path.Combine(folder, "trace.csv");
        using var controller = ChildProcess.Start(edge, ["run", "--robot", deviceFile, "--arm", "--state", state, "--report", reportFile, "--trace", traceFile], log);
        if (!controller.WaitForLine("edge: Armed", StartSeconds))
        {
            log.WriteLine("demo: the controller did not arm; its lines are above");
            return 1;
        }

        var results = new List<DemoTask>();
        foreach (var (task, goal) in tasks)
        {
            var instruction = task.Instruct(scene, goal, DataSplit.Train, random2);
            log.WriteLine($"demo: “{instruction}”");
            var start = rig.ReadWorld();
            using var client = ChildProcess.Start(edge, ["task", "--robot", deviceFile, instruction], log);
            client.WaitForExit(300);
            Thread.Sleep(TimeSpan.FromSeconds(SettleSeconds));
            var reached = task.IsSuccess(scene, goal, start, rig.ReadWorld());
            log.WriteLine($"demo: ground truth: {(reached ? "goal reached" : "goal NOT reached")}");
            results.Add(new DemoTask(instruction, reached, [], 0));
        }

        controller.Terminate();
        var stopped = controller.WaitForExit(StopSeconds);
        rig.Stop();
        if (!stopped || controller.ExitCode != 0 || !File.Exists(reportFile))
        {
            log.WriteLine("demo: the controller did not end with a controlled stop");
            return 1;
        }

        return Conclude(rig, results, JsonSerializer.Deserialize(File.ReadAllText(reportFile), HostJson.Default.RunReport)!, traceFile, film);
    }

    private int Conclude(RealTimeRig rig, List<DemoTask> results, RunReport run, string traceFile, bool film)
    {
        for (var i = 0; i < results.Count && i < run.Tasks.Count; i++)
            results[i] = results[i] with { Calls = [.. run.Tasks[i].Calls.Select(call => $"{call.Call} {call.Outcome}")], Seconds = Math.Round(run.Tasks[i].Seconds, 2) };
        var limits = rig.Monitor.Report();
        var report = new DemoReport(results.TrueForAll(task => task.Success) && limits.Violations == 0, results, run.Loop, run.Allocation.Collections, run.Planner, run.Policy, limits);
        File.WriteAllText(Path.Combine(folder, "result.json"), JsonSerializer.Serialize(report, DemoJson.Default.DemoReport));
        TimelinePicture.Write(Path.Combine(folder, "timeline.svg"), Trace.Read(traceFile, run.Tasks, [.. _robot.Joints.Select(joint => joint.Name)]));
        if (film)
        {
            log.WriteLine("demo: making the video");
            var calls = run.Tasks.SelectMany(task => task.Calls.Select(call => ($"{task.Order.Instruction}\n{call.Call}", call.AskedNs, call.EndedNs))).ToArray();
            var middle = run.Tasks.SelectMany(task => task.Calls).FirstOrDefault(call => call.Call.StartsWith("place", StringComparison.Ordinal));
            Film.Write(rig.Plant, FilmStyle.Show, rig.Recorded, calls, Path.Combine(folder, "demo.mp4"), Path.Combine(folder, "still.png"), middle is null ? 0 : (middle.BeganNs + middle.EndedNs) / 2);
        }

        Print(report);
        return report.Success ? 0 : 1;
    }

    private void Print(DemoReport report)
    {
        foreach (var task in report.Tasks)
            log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(task.Success ? "reached" : "MISSED "),-8} {task.Seconds,6:0.0} s  {task.Instruction}"));
        var loop = report.Loop;
        log.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"loop     {loop.RateHz} Hz, {loop.Ticks} ticks, {loop.Missed} missed, lateness p50 {loop.LatenessUs.P50:0} p99 {loop.LatenessUs.P99:0} max {loop.LatenessUs.Max:0} us, tick p50 {loop.TickUs.P50:0} p99 {loop.TickUs.P99:0} us, {loop.AllocatedBytes} bytes allocated, {report.GcCollections} collections"));
        log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"planner  {report.Planner.Calls} calls, {report.Planner.MsP50:0} ms, {report.Planner.TokensPerSecond:0} tokens/s"));
        log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"policy   {report.Policy.Chunks} chunks, p50 {report.Policy.MsP50:0.0} ms, p99 {report.Policy.MsP99:0.0} ms"));
        log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"limits   {report.Limits.Frames} command frames, {report.Limits.Violations} violations"));
        log.WriteLine($"demo: {(report.Success ? "success" : "NO SUCCESS")}; see {folder}/result.json, demo.mp4, timeline.svg");
    }
}

/// <summary>Reads the controller's trace for the timeline.</summary>
internal static class Trace
{
    public static TimelineData Read(string path, IReadOnlyList<TaskReport> tasks, IReadOnlyList<string> joints)
    {
        var lines = File.ReadAllLines(path);
        var startNs = long.Parse(lines[0].Split(':')[1], CultureInfo.InvariantCulture);
        var time = new List<double>();
        var late = new List<double>();
        var positions = new List<double[]>();
        foreach (var line in lines.Skip(2))
        {
            var fields = line.Split(',');
            time.Add(double.Parse(fields[0], CultureInfo.InvariantCulture));
            late.Add(double.Parse(fields[2], CultureInfo.InvariantCulture));
            positions.Add([.. fields.Skip(3).Take(joints.Count).Select(field => double.Parse(field, CultureInfo.InvariantCulture))]);
        }

        double At(long ns) => (ns - startNs) / 1e9;
        var calls = tasks.SelectMany(task => task.Calls).Select(call => (call.Call, At(call.AskedNs), At(call.BeganNs), At(call.EndedNs), call.Outcome == SubtaskOutcome.Succeeded)).ToArray();
        var spans = tasks.Where(task => task.Calls.Count > 0).Select(task => (task.Order.Instruction, At(task.Calls[0].AskedNs), At(task.Calls[^1].EndedNs))).ToArray();
        return new TimelineData(spans, calls, joints, time, positions, late);
    }
}
