using Edge.Hil.Evaluation;
using Xunit;

namespace Edge.Tests.Tasks;

/// <summary>What `edge-hil eval` refuses before it runs anything.</summary>
public sealed class EvaluationCommandTests
{
    [Theory]
    [InlineData("sort", "--tasks: no task \"sort\"; there are: pick, place,")]
    [InlineData("pick,,swap", "--tasks: no task \"\"")]
    public void AnUnknownTaskIsNamed(string tasks, string error) =>
        Assert.StartsWith(error, Assert.Single(EvaluationCommand.Create().Parse(["--tasks", tasks]).Errors).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("all")]
    [InlineData("trained")]
    [InlineData("pick,swap")]
    public void KnownOnesAreNot(string tasks) => Assert.Empty(EvaluationCommand.Create().Parse(["--tasks", tasks]).Errors);
}
