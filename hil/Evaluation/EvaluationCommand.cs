using System.Collections.Concurrent;
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Edge.Cameras;
using Edge.Hil.Flat;
using Edge.Hil.Lockstep;
using Edge.Hil.Scenes;
using Edge.Hil.Tasks;
using Edge.Inference;
using Edge.Planner;
using Edge.Policy;
using Edge.Robots;

namespace Edge.Hil.Evaluation;

/// <summary><c>edge-hil eval</c>: success rates on held-out scenes, in lockstep, judged from the ground truth. Resumable: episodes that are on disk are not run again.</summary>
public static class EvaluationCommand
{
    /// <summary>Scenes from here on are never trained or tuned on.</summary>
    public const ulong FirstHeldOutSeed = 500_000;

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var robot = RobotOption.Create();
        var tasks = new Option<string>("--tasks") { Description = "Tasks, separated by commas; all; or trained: those that the planner package was made for", DefaultValueFactory = _ => "trained" };
        tasks.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is { } names && names is not ("all" or "trained") && names.Split(',').FirstOrDefault(name => !TaskRegistry.Knows(name)) is { } unknown)
                result.AddError($"--tasks: no task \"{unknown}\"; there are: {TaskRegistry.Names}.");
        });
        var episodes = new Option<int>("--episodes") { Description = "Scenes a task", DefaultValueFactory = _ => 50 };
        var seed = new Option<ulong>("--seed") { Description = "Seed of the first scene", DefaultValueFactory = _ => FirstHeldOutSeed };
        var planner = new Option<string>("--planner") { Description = "Who writes the calls", DefaultValueFactory = _ => "vlm" }.AcceptOnlyFromAmong("vlm", "oracle");
        var policy = new Option<string>("--policy") { Description = "Who moves", DefaultValueFactory = _ => "diffusion" }.AcceptOnlyFromAmong("diffusion", "flat", "oracle");
        var flat = new Option<string>("--flat") { Description = "Package of the flat policy, which has neither planner nor memory", DefaultValueFactory = _ => FlatPolicy.Package };
        var plannerPackage = new Option<string?>("--planner-package") { Description = "Package of the planner instead of the robot file's" };
        var policyPackage = new Option<string?>("--policy-package") { Description = "Package of the policy instead of the robot file's" };
        var memory = new Option<string>("--memory") { Description = "default: on, and swap once more without", DefaultValueFactory = _ => "default" }.AcceptOnlyFromAmong("default", "on", "off");
        var split = new Option<string>("--split") { Description = "Wordings, things and table like those of the training data, or like none of them", DefaultValueFactory = _ => "train" }.AcceptOnlyFromAmong("train", "test");
        var instructions = new Option<string?>("--instructions") { Description = "File of wordings instead of the rig's own" };
        var disturb = new Option<string>("--disturb")
        {
            Description = "What nobody expects. camera: moved by 2 cm and 2 degrees since its calibration; light: half of it; moved: the first thing that a call goes for is shifted by 4 cm "
                + "while the tool is on its way; dropped: the first thing held for half a second falls off",
            DefaultValueFactory = _ => DisturbanceNames.Of(Disturbance.None),
        }.AcceptOnlyFromAmong([.. DisturbanceNames.All]);
        var randomisation = Randomisation.CreateOption();
        var jobs = new Option<int>("--jobs") { Description = "Episodes at a time", DefaultValueFactory = _ => Environment.ProcessorCount };
        var output = new Option<string>("--out") { Description = "Folder for the results", DefaultValueFactory = _ => Path.Combine("out", "eval") };
        var films = new Option<int>("--films") { Description = "Videos of failures to make", DefaultValueFactory = _ => 3 };
        var fresh = new Option<bool>("--fresh") { Description = "Forget the episodes that are on disk" };
        var readme = new Option<bool>("--readme") { Description = $"Run nothing: take the results of --out over into {EvaluationRecord.File} and {ReadmePart.File}" };
        var command = new Command("eval", "Success rates on held-out scenes")
        {
            readme, robot, tasks, episodes, seed, planner, policy, plannerPackage, policyPackage, flat, memory, split, disturb, instructions, randomisation, jobs, output, films, fresh,
        };
        command.SetAction(arguments =>
        {
            var names = arguments.GetValue(tasks)!;
            var description = RobotFile.Load(arguments.GetValue(robot)!);
            description = description with
            {
                Planner = description.Planner with { Package = arguments.GetValue(plannerPackage) ?? description.Planner.Package },
                Policy = description.Policy with { Package = arguments.GetValue(policyPackage) ?? description.Policy.Package },
            };
            if (arguments.GetValue(readme))
                return TakeOver(arguments.GetValue(output)!, ModelsUsed.Of(description, arguments.GetValue(flat)!), arguments.InvocationConfiguration.Error);
            var isFlat = arguments.GetValue(policy) == "flat";
            if (isFlat && FlatPolicy.WhyNot(arguments.GetValue(flat)!) is { Length: > 0 } reason)
            {
                arguments.InvocationConfiguration.Error.WriteLine($"eval: --flat: {reason}");
                return 1;
            }

            IReadOnlyList<RigTask> chosen = names switch
            {
                "all" => TaskRegistry.All,
                "trained" => [.. ModelPackage.Open(description.Planner.Package, "planner").Tasks.Select(TaskRegistry.Get)],
                _ => [.. names.Split(',').Select(TaskRegistry.Get)],
            };
            if (arguments.GetValue(instructions) is { } wordings)
                Instructions.ReadFrom(wordings);
            Randomisation.Present = arguments.GetValue(randomisation);
            var mode = new EvaluationMode(
                isFlat ? "none" : arguments.GetValue(planner)!, arguments.GetValue(policy)!, !isFlat && arguments.GetValue(memory) != "off",
                arguments.GetValue(split) == "test" ? DataSplit.Test : DataSplit.Train, DisturbanceNames.Get(arguments.GetValue(disturb)!));
            var rows = new List<(RigTask Task, EvaluationMode Mode)>();
            foreach (var task in chosen)
            {
                rows.Add((task, mode));
                if (!isFlat && arguments.GetValue(memory) == "default" && task is SwapTask)
                    rows.Add((task, mode with { Memory = false }));
            }

            return new Evaluation(description, arguments.GetValue(flat)!, arguments.GetValue(output)!, Console.Out)
                .Run(rows, arguments.GetValue(seed), arguments.GetValue(episodes), arguments.GetValue(jobs), arguments.GetValue(films), arguments.GetValue(fresh));
        });
        return command;
    }

    private static int TakeOver(string folder, ModelsUsed models, TextWriter errors)
    {
        var path = Path.Combine(folder, Evaluation.ReportFile);
        var report = File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllText(path), EvaluationJson.Default.EvaluationReport) : null;
        string? problem = null;
        if (report is null)
            problem = $"{path} is missing: run 'make eval' first";
        else if (report.FirstSeed != FirstHeldOutSeed)
            problem = $"{path} begins at seed {report.FirstSeed}; the README shows scenes from {FirstHeldOutSeed} on";
        if (problem is null)
        {
            var rows = EvaluationRecord.Merge(EvaluationRecord.Read(EvaluationRecord.File), report!.Rows, models);
            EvaluationRecord.Write(EvaluationRecord.File, rows);
            problem = EvaluationTable.Part.Write(EvaluationTable.Markdown(rows));
        }

        if (problem is null)
            return 0;
        errors.WriteLine($"eval: {problem}");
        return 2;
    }
}

/// <summary>Runs rows of episodes on several threads and writes what came out.</summary>
internal sealed class Evaluation(RobotDescription robot, string flatPackage, string folder, TextWriter log)
{
    /// <summary>Name of the file with all rows.</summary>
    public const string ReportFile = "result.json";

    private readonly Lock _lock = new();
    private readonly ModelsUsed _models = ModelsUsed.Of(robot, flatPackage);

    public int Run(IReadOnlyList<(RigTask Task, EvaluationMode Mode)> rows, ulong firstSeed, int episodes, int jobs, int films, bool fresh)
    {
        Directory.CreateDirectory(folder);
        var results = rows.Select(row => fresh ? [] : Known(FileOf(row.Task, row.Mode), row.Mode)).ToArray();
        var todo = new List<(int Row, ulong Seed)>();
        for (var row = 0; row < rows.Count; row++)
        {
            if (fresh)
                File.Delete(FileOf(rows[row].Task, rows[row].Mode));
            for (var i = 0; i < episodes; i++)
            {
                if (!results[row].ContainsKey(firstSeed + (ulong)i))
                    todo.Add((row, firstSeed + (ulong)i));
            }
        }

        var total = todo.Count;
        var watch = Stopwatch.StartNew();
        var done = 0;
        Workers.Run(jobs, todo, left => Work(rows, left, (row, result) =>
        {
            lock (_lock)
            {
                results[row][result.Seed] = result;
                File.AppendAllText(FileOf(rows[row].Task, rows[row].Mode), JsonSerializer.Serialize(result, EpisodeJson.Default.EpisodeResult) + "\n");
                done++;
                var minutes = watch.Elapsed.TotalMinutes / done * (total - done);
                log.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{done}/{total} {rows[row].Task.Name} seed {result.Seed}: {(result.Succeeded ? "success" : result.Reason)}, {result.Calls} calls, {result.Seconds:0.0} s{(result.Violations == 0 ? "" : $", {result.Violations} BROKEN LIMITS")}; {minutes:0.0} min left"));
            }
        }));

        // What other runs have left in the folder belongs to the picture: other tasks, other modes, more scenes.
        var report = new EvaluationReport(firstSeed, [.. Directory.EnumerateFiles(folder, "*.jsonl").Order(StringComparer.Ordinal).Select(file => RowOf(file, firstSeed)).OfType<EvaluationRow>()]);
        File.WriteAllText(Path.Combine(folder, ReportFile), JsonSerializer.Serialize(report, EvaluationJson.Default.EvaluationReport));
        var failures = rows.SelectMany((row, i) => results[i].Values.Where(r => !r.Succeeded && r.Instruction.Length > 0).OrderBy(r => r.Seed).Select(result => (row.Task, row.Mode, result.Seed)));
        ReportPage.Write(report, [.. failures.Take(films).Select(failure => MakeFilm(failure.Task, failure.Mode, failure.Seed))], Path.Combine(folder, "report.html"));
        Print(report);
        log.WriteLine($"{Path.Combine(folder, "report.html")} shows it");
        return results.All(known => known.Keys.Count(seed => seed >= firstSeed && seed < firstSeed + (ulong)episodes) == episodes) ? 0 : 1;
    }

    /// <summary>The row of a file: its scenes from the first on, without a gap. Null: there are none.</summary>
    private EvaluationRow? RowOf(string file, ulong firstSeed)
    {
        if (Path.GetFileNameWithoutExtension(file).Split('-') is not [var task, var planner, var policy, "memory", var memory, var split, .. var disturbance])
            return null;
        var mode = new EvaluationMode(planner, policy, memory == "on", split == "test" ? DataSplit.Test : DataSplit.Train,
            disturbance is [var name] ? DisturbanceNames.Get(name) : Disturbance.None);
        var known = Known(file, mode);
        var results = new List<EpisodeResult>();
        while (known.TryGetValue(firstSeed + (ulong)results.Count, out var result))
            results.Add(result);
        return results.Count == 0 ? null : EvaluationRow.Of(task, mode, results);
    }

    /// <summary>The episode again, which goes as it went.</summary>
    private (string File, string Caption) MakeFilm(RigTask task, EvaluationMode mode, ulong seed)
    {
        var file = string.Create(CultureInfo.InvariantCulture, $"{KeyOf(task, mode)}-{seed}.mp4");
        log.WriteLine($"video of {task.Name}, seed {seed}");
        using var vlm = mode.Planner == "vlm" ? VlmPlanner.Load(robot.Planner.Package) : null;
        using var policy = PolicyOf(mode);
        var result = EpisodeFilm.Write(robot, task.Sample(seed, mode.Split), PlannerOf(mode, vlm), policy is null ? null : _ => policy, mode.Memory, Path.Combine(folder, file), mode.Disturbance);
        return (file, string.Create(CultureInfo.InvariantCulture, $"{task.Name}, seed {seed}: {result.Reason}"));
    }

    /// <summary>Who writes the calls of an episode; null: the oracle.</summary>
    private static IPlanner? PlannerOf(EvaluationMode mode, VlmPlanner? vlm) => mode.Planner switch
    {
        "vlm" => vlm,
        "none" => new NoPlanner(),
        _ => null,
    };

    /// <summary>Who moves; null: the oracle.</summary>
    private DiffusionPolicy? PolicyOf(EvaluationMode mode) => mode.Policy switch
    {
        "diffusion" => DiffusionPolicy.Load(robot.Policy.Package, new CameraModel(robot.PolicyCamera)),
        "flat" => FlatPolicy.Load(flatPackage),
        _ => null,
    };

    private void Work(IReadOnlyList<(RigTask Task, EvaluationMode Mode)> rows, ConcurrentQueue<(int Row, ulong Seed)> todo, Action<int, EpisodeResult> finished)
    {
        // Each thread has its own models: sessions and caches are not shared. All rows are of one planner and one policy, whose noise starts anew with each call.
        using var vlm = rows[0].Mode.Planner == "vlm" ? VlmPlanner.Load(robot.Planner.Package) : null;
        using var policy = PolicyOf(rows[0].Mode);
        while (todo.TryDequeue(out var next))
        {
            var (task, mode) = rows[next.Row];
            EpisodeResult result;
            try
            {
                result = EpisodeRun.Run(
                    robot, task.Sample(next.Seed, mode.Split), PlannerOf(mode, vlm), policy is null ? null : _ => policy, mode.Memory, disturbance: mode.Disturbance);
            }
            catch (InvalidOperationException e)
            {
                result = new EpisodeResult(next.Seed, "", false, 0, 0, e.Message, false, 0, []);
            }

            finished(next.Row, result with { Models = ModelsOf(mode) });
        }
    }

    private string FileOf(RigTask task, EvaluationMode mode) => Path.Combine(folder, $"{KeyOf(task, mode)}.jsonl");

    private static string KeyOf(RigTask task, EvaluationMode mode) =>
        $"{task.Name}-{mode.Planner}-{mode.Policy}-memory-{(mode.Memory ? "on" : "off")}-{mode.SplitName}"
        + (mode.Disturbance == Disturbance.None ? "" : $"-{DisturbanceNames.Of(mode.Disturbance)}");

    private string ModelsOf(EvaluationMode mode) => _models.By(mode.Planner, mode.Policy);

    /// <summary>The episodes of a file that were done with the packages as they are now.</summary>
    private Dictionary<ulong, EpisodeResult> Known(string path, EvaluationMode mode)
    {
        var known = new Dictionary<ulong, EpisodeResult>();
        if (!File.Exists(path))
            return known;
        foreach (var line in File.ReadLines(path))
        {
            try
            {
                if (JsonSerializer.Deserialize(line, EpisodeJson.Default.EpisodeResult) is { } result && result.Models == ModelsOf(mode))
                    known[result.Seed] = result;
            }
            catch (JsonException)
            {
                // The last line of a run that was cut off: that episode runs again.
            }
        }

        return known;
    }

    private void Print(EvaluationReport report)
    {
        log.WriteLine();
        log.WriteLine($"{"task",-22}{"planner",-9}{"policy",-11}{"memory",-8}{"disturbed",-14}{"success",-10}{"rate",-7}{"95 %",-12}{"seconds",-9}{"calls",-6}{"collided",-9}{"broken limits",-14}failures");
        foreach (var row in report.Rows)
        {
            var rate = row.Episodes == 0 ? 0 : 100.0 * row.Successes / row.Episodes;
            log.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{row.Task,-22}{row.Planner,-9}{row.Policy,-11}{row.Memory,-8}{(row.Disturbance == "none" ? "none" : $"{row.Disturbance} {row.Disturbed}/{row.Episodes}"),-14}{$"{row.Successes}/{row.Episodes}",-10}{$"{rate:0} %",-7}{$"{row.Ci95[0] * 100:0}-{row.Ci95[1] * 100:0} %",-12}{row.SecondsP50,-9:0.0}{row.CallsP50,-6:0}{row.Collisions,-9}{row.Violations,-14}{string.Join(", ", row.Failures.Select(f => $"{f.Key}: {f.Value}"))}"));
        }
    }
}
