using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Edge.Hil.Bench;

/// <summary><c>edge-hil bench</c>: every figure against its peer or limit, in one run.</summary>
public static class BenchCommand
{
    /// <summary>The record of the run that the README's table shows, and the picture beside it.</summary>
    private const string Record = "hil/Bench/measured.json";

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var keys = string.Join(", ", BenchItems.All.Select(item => item.Key));
        var robot = RobotOption.Create();
        var edge = new Option<string>("--edge") { Description = "The controller", DefaultValueFactory = _ => Path.Combine("out", "publish", "edge") };
        var only = new Option<string?>("--only") { Description = $"Only these items, separated by commas: {keys}" };
        var minutes = new Option<double?>("--minutes") { Description = "Time for all items together; they share it in proportion" };
        var output = new Option<string>("--out") { Description = "Folder for the results", DefaultValueFactory = _ => Path.Combine("out", "bench") };
        var readme = new Option<bool>("--readme") { Description = $"Measure nothing: take the results of --out over into {Record} and {ReadmePart.File}" };
        var command = new Command("bench", "Measure everything against its peer or limit") { robot, edge, only, minutes, output, readme };
        command.SetAction(arguments =>
        {
            var folder = arguments.GetValue(output)!;
            try
            {
                return arguments.GetValue(readme)
                    ? TakeOver(folder)
                    : new Bench(arguments.GetValue(edge)!, arguments.GetValue(robot)!, folder, Console.Out).Run(Chosen(arguments.GetValue(only)), arguments.GetValue(minutes));
            }
            catch (BenchException e)
            {
                Console.Error.WriteLine($"bench: {e.Message}");
                return 2;
            }
        });
        return command;
    }

    private static IReadOnlyList<IBenchItem> Chosen(string? only)
    {
        if (only is null)
            return BenchItems.All;
        return [.. only.Split(',').Select(key => BenchItems.All.FirstOrDefault(item => item.Key == key)
            ?? throw new BenchException($"--only: there is no item \"{key}\"; there are: {string.Join(", ", BenchItems.All.Select(item => item.Key))}"))];
    }

    private static int TakeOver(string folder)
    {
        var results = Path.Combine(folder, BenchReport.FileName);
        var entries = BenchReport.Read(results);
        var missing = BenchItems.All.Where(item => !entries.ContainsKey(item.Key)).Select(item => item.Key).ToArray();
        if (missing.Length > 0)
            throw new BenchException($"{results} has no {string.Join(", ", missing)}: run 'make bench' first");
        BenchReport.Write(Record, entries);
        return BenchTable.Part.Write(BenchTable.Markdown(entries)) is { } problem ? throw new BenchException(problem) : 0;
    }
}

/// <summary>One run of the benchmark.</summary>
internal sealed class Bench(string edge, string robotFile, string folder, TextWriter log)
{
    private readonly CancellationTokenSource _cancel = new();
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private string _shown = "";

    /// <summary>Runs the items one after another. Returns 0 when each has measured, whether it met its goal or not; else 1.</summary>
    public int Run(IReadOnlyList<IBenchItem> items, double? minutes)
    {
        if (!File.Exists(edge))
            throw new BenchException($"{edge} is not there: run 'make publish'");
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
        {
            context.Cancel = true;
            _cancel.Cancel();
        });
        Directory.CreateDirectory(folder);
        var results = Path.Combine(folder, BenchReport.FileName);
        var entries = BenchReport.Read(results);
        var wanted = items.Sum(item => item.WantedSeconds);
        var scale = minutes * 60 / wanted ?? 1;
        var failed = 0;
        for (var i = 0; i < items.Count; i++)
        {
            var item = items[i];
            var seconds = item.WantedSeconds * scale;
            var later = items.Skip(i + 1).Sum(next => next.WantedSeconds) * scale;
            var context = new BenchContext(folder, edge, robotFile, seconds, (fraction, what) => Show($"[{i + 1}/{items.Count}] {item.Key}", what, ((1 - fraction) * seconds) + later), _cancel.Token);
            var start = _watch.Elapsed;
            try
            {
                context.Report(0, "starting");
                var result = item.Run(context);
                entries[item.Key] = new BenchEntry(
                    item.Title, item.Goal, result.Met, Math.Round((_watch.Elapsed - start).TotalSeconds, 1), DateTime.UtcNow, BenchReport.Machine(), result);
                BenchReport.Write(results, entries);
                log.WriteLine($"bench: {item.Key}: {(result.Met ? "met" : "MISSED")}: {result.Summary}");
            }
            catch (BenchException e)
            {
                failed++;
                entries.Remove(item.Key);
                log.WriteLine($"bench: {item.Key} could not be measured: {e.Message}");
            }
            catch (OperationCanceledException)
            {
                log.WriteLine($"bench: given up; what was measured before is in {results}");
                return 1;
            }
        }

        log.WriteLine();
        foreach (var line in BenchTable.Lines(items.Where(item => entries.ContainsKey(item.Key)).ToDictionary(item => item.Key, item => entries[item.Key])))
            log.WriteLine(line);
        log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"bench: {_watch.Elapsed.TotalMinutes:0.0} minutes; {results}"));
        return failed == 0 ? 0 : 1;
    }

    /// <summary>One line for each thing that begins; the time left is an estimate.</summary>
    private void Show(string item, string what, double secondsLeft)
    {
        if (_shown == item + what)
            return;
        _shown = item + what;
        log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{item}: {what}; about {Math.Max(secondsLeft / 60, 0.1):0.0} min left"));
    }
}
