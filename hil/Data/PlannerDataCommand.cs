using System.CommandLine;
using Edge.Hil.Scenes;
using Edge.Robots;

namespace Edge.Hil.Data;

/// <summary><c>edge-hil data planner</c>: makes the planner's training data.</summary>
public static class PlannerDataCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        var robot = RobotOption.Create();
        var images = new Option<int>("--images") { Description = "Pictures, rounded up to shards of 2000", DefaultValueFactory = _ => 112_000 };
        var output = new Option<string>("--out") { Description = "Folder for the files", DefaultValueFactory = _ => Path.Combine("out", "data", "planner") };
        var seed = new Option<ulong>("--seed") { Description = "Seed of the first episode, below 400000", DefaultValueFactory = _ => 0 };
        var jobs = new Option<int>("--jobs") { Description = "Shards at a time", DefaultValueFactory = _ => Environment.ProcessorCount };
        var randomisation = Randomisation.CreateOption();
        var command = new Command("planner", "Make the planner's training data; what is there already is kept") { robot, images, output, seed, jobs, randomisation };
        command.SetAction(arguments =>
        {
            Randomisation.Present = arguments.GetValue(randomisation);
            var description = RobotFile.Load(arguments.GetValue(robot)!);
            PlannerDataGenerator.Run(description, arguments.GetValue(output)!, arguments.GetValue(images), arguments.GetValue(seed), arguments.GetValue(jobs), Console.WriteLine);
            return 0;
        });
        return command;
    }
}
