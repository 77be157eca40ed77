using System.Text.Json;
using System.Text.RegularExpressions;
using Edge.Api;
using Edge.Cameras;
using Edge.Control;
using Edge.Hil.Data;
using Edge.Hil.Tasks;
using Edge.Planner;
using Edge.Policy;
using Edge.Tests.Plant;
using Xunit;

namespace Edge.Tests.Tasks;

public sealed class PlannerDataTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("edge-planner-data").FullName;

    [Fact]
    public void PromptsHaveTheAgreedForm()
    {
        Assert.Equal("Task: pick up the red cube\nMemory: empty\nCall:", PlannerPrompt.Build("pick up the red cube", []));
        MemoryEntry[] memory =
        [
            new(1, "t", 0, "pick(at=(412, 377))", new ToolPose(0.4, 0, 0, 0), SubtaskOutcome.Succeeded),
            new(2, "t", 0, "place(at=(300, 500))", new ToolPose(0.5, 0, 0, 0), SubtaskOutcome.Failed),
            new(3, "t", 0, "place(at=memory(1))", new ToolPose(0.5, 0, 0, 0), SubtaskOutcome.TimedOut),
        ];
        Assert.Equal(
            "Task: swap\nMemory:\n1 pick(at=(412, 377)) ok\n2 place(at=(300, 500)) failed\n3 place(at=memory(1)) timeout\nCall:", PlannerPrompt.Build("swap", memory));
    }

    [Fact]
    public void ShardsAreWholeRepeatableAndKept()
    {
        var robot = TestRobot.Load();
        PlannerDataGenerator.Run(robot, _folder, 16, 100, jobs: 2, _ => { }, shardImages: 8);
        var picture = PlannerDataGenerator.SidePx * PlannerDataGenerator.SidePx * 3;
        var bytes = File.ReadAllBytes(Path.Combine(_folder, "images-00001.npy"));
        Assert.Equal((8 * picture) + (bytes.Length % picture), bytes.Length);
        Assert.Contains("'shape': (8, 160, 160, 3)", System.Text.Encoding.ASCII.GetString(bytes, 10, 110), StringComparison.Ordinal);

        var lines = File.ReadAllLines(Path.Combine(_folder, "samples-00000.jsonl"));
        Assert.InRange(lines.Length, 8 * 2, 8 * 9);
        foreach (var line in lines)
        {
            var sample = JsonDocument.Parse(line).RootElement;
            Assert.InRange(sample.GetProperty("image").GetInt32(), 0, 7);
            string prompt = sample.GetProperty("prompt").GetString()!, answer = sample.GetProperty("answer").GetString()!;
            var pattern = sample.GetProperty("kind").GetString() switch
            {
                "call" => @"^(?!done)[a-z]+\(.+\)( # (red|green|blue|yellow|purple|orange) (cube|cylinder|prism|brick))?$",
                "done" => @"^done\(\)$",
                "where" => @"^(\(\d{1,3}, \d{1,3}\)|nowhere)$",
                "what" => @"^((red|green|blue|yellow|purple|orange) (cube|cylinder|prism|brick|area|ball)|nothing)$",
                "beside" => "^((red|green|blue|yellow|purple|orange) [a-z]+|nothing)$",
                "tallest" => "^(red|green|blue|yellow|purple|orange) [a-z]+$",
                "finished" => "^(yes|no)$",
                _ => "^unknown kind$",
            };
            Assert.Matches(pattern, answer);
            if (sample.GetProperty("kind").GetString() is "call" or "done")
                Assert.True(CallParser.TryParse(answer, new MemorySlots(1, MemorySlots.Highest), out _, out var error), error);
            Assert.Matches(new Regex(@"^(Task: [^\n]+\nMemory:( empty\n|\n(\d+ [^\n]+ (ok|failed|timeout)\n)+)Call:|Question: [^\n]+\?\nAnswer:)$"), prompt);
        }

        Assert.Equal(8, File.ReadAllLines(Path.Combine(_folder, "objects-00000.jsonl")).Length);

        // A lost shard comes back as it was; one that is there is not touched.
        File.WriteAllText(Path.Combine(_folder, "samples-00000.jsonl"), "kept");
        File.Delete(Path.Combine(_folder, "images-00001.npy"));
        PlannerDataGenerator.Run(robot, _folder, 16, 100, jobs: 2, _ => { }, shardImages: 8);
        Assert.Equal(bytes, File.ReadAllBytes(Path.Combine(_folder, "images-00001.npy")));
        Assert.Equal("kept", File.ReadAllText(Path.Combine(_folder, "samples-00000.jsonl")));
    }

    [Fact]
    public void APictureThatASentenceSpeaksOfComesBeforeItsKeySteps()
    {
        PlannerDataGenerator.Run(TestRobot.Load(), _folder, 60, 300, jobs: 1, _ => { }, shardImages: 60);
        var samples = File.ReadAllLines(Path.Combine(_folder, "samples-00000.jsonl")).Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        var told = samples.Where(s => s.TryGetProperty("picture", out _)).ToArray();
        Assert.NotEmpty(told);
        var asked = samples.Select(s => s.GetProperty("image").GetInt32()).ToHashSet();
        foreach (var sample in told)
        {
            Assert.InRange(sample.GetProperty("picture").GetInt32(), 0, sample.GetProperty("image").GetInt32() - 1);
            Assert.DoesNotContain(sample.GetProperty("picture").GetInt32(), asked);
            Assert.NotNull(TaskRegistry.Get(sample.GetProperty("task").GetString()!).Sample(1).Picture);
        }

        Assert.Equal(60, File.ReadAllLines(Path.Combine(_folder, "objects-00000.jsonl")).Length);
    }

    [Fact]
    public void SomeCallsAreFinishedAndSomeAreNot()
    {
        PlannerDataGenerator.Run(TestRobot.Load(), _folder, 120, 500, jobs: 1, _ => { }, shardImages: 120);
        var asked = File.ReadAllLines(Path.Combine(_folder, "samples-00000.jsonl")).Select(line => JsonDocument.Parse(line).RootElement).Where(s => s.GetProperty("kind").GetString() == "finished").ToArray();
        Assert.All(asked, sample => Assert.Matches(@"^Question: is (pick|place|topple|throw)\(at=\(\d+, \d+\)\) finished\?\nAnswer:$", sample.GetProperty("prompt").GetString()!));
        Assert.True(asked.Count(s => s.GetProperty("answer").GetString() == PlannerPrompt.Yes) > 10);
        Assert.True(asked.Count(s => s.GetProperty("answer").GetString() == PlannerPrompt.No) > 3);
    }

    [Fact]
    public void WhatIsBesideAThingAndWhatIsTallestShowInThePicture()
    {
        var robot = TestRobot.Load();
        PlannerDataGenerator.Run(robot, _folder, 60, 700, jobs: 1, _ => { }, shardImages: 60);
        var things = File.ReadAllLines(Path.Combine(_folder, "objects-00000.jsonl")).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("things").EnumerateArray().ToArray()).ToArray();
        var camera = new CameraModel(robot.PlannerCamera);
        int beside = 0, tallest = 0;
        foreach (var line in File.ReadAllLines(Path.Combine(_folder, "samples-00000.jsonl")))
        {
            var sample = JsonDocument.Parse(line).RootElement;
            var there = things[sample.GetProperty("image").GetInt32()];
            string prompt = sample.GetProperty("prompt").GetString()!, answer = sample.GetProperty("answer").GetString()!;
            if (sample.GetProperty("kind").GetString() == "tallest")
            {
                Assert.Equal(NameOf(there.MaxBy(thing => thing.GetProperty("heightMm").GetDouble())), answer);
                tallest++;
            }
            else if (Regex.Match(prompt, @"what is (north|south|west|east) of the ([a-z ]+)\?") is { Success: true } asked && answer != PlannerPrompt.Nothing)
            {
                var (from, to) = (there.Single(thing => NameOf(thing) == asked.Groups[2].Value), there.Single(thing => NameOf(thing) == answer));
                double right = Of(to, "x") - Of(from, "x"), down = Of(to, "y") - Of(from, "y");
                Assert.Equal(asked.Groups[1].Value, new (string Word, double X, double Y)[] { ("north", 1, 0), ("south", -1, 0), ("west", 0, 1), ("east", 0, -1) }.MaxBy(side => Along(side.X, side.Y)).Word);
                beside++;

                double Along(double x, double y)
                {
                    var (end, start) = (camera.Project(0.43 + (0.05 * x), 0.05 * y, 0), camera.Project(0.43, 0, 0));
                    double u = end.Item1 - start.Item1, v = end.Item2 - start.Item2;
                    return ((right * robot.PlannerCamera.WidthPx * u) + (down * robot.PlannerCamera.HeightPx * v)) / Math.Sqrt((u * u) + (v * v));
                }
            }
        }

        Assert.True(beside > 10 && tallest > 3, $"{beside}, {tallest}");

        static string NameOf(JsonElement thing) => $"{thing.GetProperty("colour").GetString()} {thing.GetProperty("shape").GetString()}";
        static double Of(JsonElement thing, string axis) => thing.GetProperty(axis).GetDouble();
    }

    [Fact]
    public void SeedsKeptForEvaluationAreRefused()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => PlannerDataGenerator.Run(TestRobot.Load(), _folder, 2000, 399_000, jobs: 1, _ => { }));
        Assert.Contains("400000", error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, true);
}
