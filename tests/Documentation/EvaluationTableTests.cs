using Xunit;
using Edge.Hil.Evaluation;
using Edge.Hil.Tasks;

namespace Edge.Tests.Documentation;

/// <summary>The README's tables: which rows count for which goal.</summary>
public sealed class EvaluationTableTests
{
    private const int Episodes = 50;

    [Fact]
    public void AGoalLooksAtItsOwnTasksAndItsOwnWay()
    {
        List<EvaluationRow> rows =
        [
            .. TaskRegistry.All.Select(task => Row(task.Name, "oracle", "oracle", task.Name == "throw" ? 48 : 50)),
            .. TaskRegistry.All.Where(task => task.Sample(0).Picture is null).Select(task => Row(task.Name, "vlm", "oracle", task.Name == "swap" ? 42 : 47)), Row("rearrange", "vlm", "oracle", 10),
            Row("pick", "vlm", "diffusion", 30), Row("swap", "vlm", "diffusion", 0) with { Memory = "off" },
        ];
        Assert.Collection(
            EvaluationTable.Goals(rows),
            goal => AssertSays(goal, "oracle, oracle: at least 97 %", "32 tasks reach it, throw 96 %", met: false),
            goal => AssertSays(goal, "learned planner, oracle, the 27 tasks without", "93.6 % (92.2-94.8, 1264 of 1350), swap 84 %", met: true),
            goal => AssertSays(goal, "both learned, the 27 tasks without", "60.0 % (46.2-72.4, 30 of 50), pick 60 %; 1 of the tasks measured", met: false),
            goal => AssertSays(goal, "learned planner, oracle, the 6 tasks with", "20.0 %", met: false),
            goal => AssertSays(goal, "collisions below 2 %", "0 of 3150", met: true));
    }

    [Theory]
    [InlineData("none", "test", 45, true)]
    [InlineData("none", "test", 44, false)]
    [InlineData("camera", "train", 43, true)]
    [InlineData("camera", "train", 42, false)]
    public void ADropIsCountedAgainstTheSameTasks(string disturbance, string split, int successes, bool met)
    {
        List<EvaluationRow> rows =
        [
            Row("pick", "vlm", "diffusion", 50), Row("swap", "vlm", "diffusion", 0),
            Row("pick", "vlm", "diffusion", successes) with { Disturbance = disturbance, Split = split },
        ];
        Assert.Equal(met, EvaluationTable.Goals(rows).Single(goal => goal.Goal.Contains("points below", StringComparison.Ordinal)).Met);
        Assert.Contains($" | 1 | {2 * successes}.0 % ", EvaluationTable.Markdown(rows), StringComparison.Ordinal);
    }

    [Fact]
    public void OneCollisionInFiftyIsTooMany()
    {
        List<EvaluationRow> rows = [Row("pick", "vlm", "diffusion", 50) with { Collisions = 1 }];
        Assert.False(EvaluationTable.Goals(rows).Last().Met);
        Assert.Contains("| pick |  |  |  | 50/50 (93-100) |  |  |", EvaluationTable.Markdown(rows), StringComparison.Ordinal);
    }

    [Fact]
    public void TheRecordKeepsWhatThePresentPackagesDid()
    {
        var models = new ModelsUsed("new", "policy", "");
        EvaluationRow[] known =
        [
            Row("pick", "oracle", "oracle", 50), Row("swap", "vlm", "oracle", 40) with { Models = "old" },
            Row("pick", "oracle", "diffusion", 48) with { Models = "policy" }, Row("throw", "oracle", "oracle", 50),
        ];
        EvaluationRow[] measured = [Row("pick", "vlm", "diffusion", 44) with { Models = "new policy" }, Row("pick", "oracle", "oracle", 49), Row("throw", "oracle", "oracle", 5) with { Episodes = 5 }];
        Assert.Equal(
            ["pick oracle diffusion 48", "pick oracle oracle 49", "throw oracle oracle 50", "pick vlm diffusion 44"],
            EvaluationRecord.Merge(known, measured, models).Select(row => $"{row.Task} {row.Planner} {row.Policy} {row.Successes}"));
    }

    private static void AssertSays((string Goal, string Measured, bool Met) goal, string begin, string part, bool met)
    {
        Assert.StartsWith(begin, goal.Goal, StringComparison.Ordinal);
        Assert.Contains(part, goal.Measured, StringComparison.Ordinal);
        Assert.Equal(met, goal.Met);
    }

    private static EvaluationRow Row(string task, string planner, string policy, int successes) => new(
        task, TaskRegistry.LevelOf(task), planner, policy, "on", "train", "none", Episodes, 0, successes, EvaluationRow.Wilson(successes, Episodes), 5, 2, 0, 0, []);
}
