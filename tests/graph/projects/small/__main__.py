import program

program.declare()
