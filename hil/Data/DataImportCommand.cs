using System.CommandLine;
using Edge.Inference;
using Edge.Robots;

namespace Edge.Hil.Data;

/// <summary><c>edge-hil data import</c>: recordings of a robot into the policy's training data.</summary>
public static class DataImportCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var recordings = new Argument<string[]>("recordings") { Description = "Folders that 'edge run --record' made", Arity = ArgumentArity.OneOrMore };
        var robot = RobotOption.Create("Robot file of the robot that was recorded");
        var folder = new Option<string>("--out") { Description = "The policy's data", DefaultValueFactory = _ => Path.Combine("out", "data", "policy") };
        var command = new Command("import", "Make training data for the policy from what a robot did; what is there already is kept") { recordings, robot, folder };
        command.SetAction(arguments =>
        {
            try
            {
                var data = new RecordedEpisodes(RobotFile.Load(arguments.GetValue(robot)!), arguments.GetValue(folder)!);
                foreach (var recording in arguments.GetValue(recordings)!)
                {
                    Console.WriteLine(data.Import(recording) is { } made
                        ? $"{recording}: {made.Samples} samples, {made.Succeeded} of {made.Calls} calls succeeded"
                        : $"{recording}: there already");
                }

                return 0;
            }
            catch (Exception e) when (e is ModelException or RobotFileException or IOException)
            {
                Console.Error.WriteLine($"edge-hil: {e.Message}");
                return 1;
            }
        });
        return command;
    }
}
